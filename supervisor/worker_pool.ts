/**
 * The processes attached to a server: its own workers, started and replaced here, and guests that joined
 * by themselves. Each has one slot.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import type { AttachHello, AttachWelcome } from "../endpoint/attachment.ts";
import type { ServerConfig } from "../config/types.ts";
import { type Code, MeshError } from "../errors.ts";
import { CONTROL_BODY_MAX_BYTES } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import type { Logger } from "../observe/log.ts";
import type { Proxy } from "../proxy/proxy.ts";
import type { Slot } from "../proxy/slot/slot.ts";
import type { SlotKeeper } from "../proxy/slot/slot_keeper.ts";
import { SlotTable } from "../proxy/slot/slot_table.ts";
import type { ControlEvent, ControlServer } from "../shm/control_server.ts";
import type { Segment } from "../shm/segment.ts";
import { Assembler } from "../wire/assembler.ts";
import { FrameKind } from "../wire/frame.ts";
import type { FrameView } from "../wire/frame_view.ts";
import { offerOf } from "../wire/server_info.ts";
import { ReadAllowance } from "./read_allowance.ts";
import type { AttachedProcess } from "./attached_process.ts";
import { readBoundsReport } from "../worker/bounds_report.ts";
import { readUncaughtReport } from "../worker/uncaught_report.ts";
import type { Staff } from "./staff.ts";
import { offeredTwice } from "../worker/twin_services.ts";
import type { FailedReport, GivenAssignment, ReadyReport } from "../worker/assignment.ts";
import { type WorkerGroup, workerGroup } from "./worker_group.ts";
import type { OutputHost } from "./worker_output.ts";
import type { WorkerProcess } from "./worker_process.ts";
import type { ReplaceRequest, Worker } from "./worker_state.ts";

/** What a pool works with. */
export interface WorkerPoolOptions {
  readonly config: ServerConfig;
  readonly segment: Segment;
  readonly control: ControlServer;
  readonly log: Logger;
  /** Directory of this run of the server alone. */
  readonly runDir: string;
  /** The workers that are to run. */
  readonly staff: readonly Staff[];
}

type PoolWorker = Worker<WorkerProcess>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The processes in the slots of one server. */
export class WorkerPool {
  /** The workers by kind and project. */
  readonly groups: readonly WorkerGroup[];
  /** Who is in which slot. */
  readonly slots: SlotTable<AttachedProcess>;
  readonly #options: WorkerPoolOptions;
  readonly #started = Promise.withResolvers<void>();
  #proxy: Proxy | undefined;
  /** Processes thrown out because the content of their slot made no sense. */
  slotFaults = 0;
  /** Processes that asked for a slot and got none. */
  refusedProcesses = 0;
  /** Errors that workers' user code did not catch. */
  uncaught = 0;
  /** What reads the workers' output. */
  readonly output: OutputHost;
  #allReady = false;
  #draining = false;

  /** @param options See {@linkcode WorkerPoolOptions}. */
  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    const { config, control, log, segment, staff } = options;
    this.output = {
      log,
      allowance: new ReadAllowance(),
      counters: { logDropped: 0, logCut: 0 },
    };
    const workers = staff.reduce((sum, { places }) => sum + places, 0);
    this.slots = new SlotTable(segment.slots, config.slots - workers);
    this.groups = staff.map((staff, index) =>
      workerGroup({
        index,
        staff,
        drainMs: config.limits.drainMs,
        controlPath: control.path,
        runDir: options.runDir,
        log,
        output: this.output,
        slotOf: (process) => this.#slotOf(process)?.index,
        hasRoom: () => this.slots.freeSlots > this.#promisedSlots(),
        leave: (slot, lingerMs) => this.#keeper.drain(slot, lingerMs),
        ended: (worker) => this.#ended(worker, staff.work.kind),
      })
    );
    this.#started.promise.catch(() => {}); // awaited in start(); it may fail before or after
  }

  /** Nobody is admitted, and no worker runs, before there is a proxy. */
  get #startedProxy(): Proxy {
    if (this.#proxy === undefined) throw new Error("the pool has not been started");
    return this.#proxy;
  }

  get #keeper(): SlotKeeper {
    return this.#startedProxy.slots;
  }

  /**
   * Starts all workers.
   *
   * @param proxy Where their slots are.
   * @param signal Aborted: the start fails with its reason.
   * @returns When all of them are ready.
   * @throws {MeshError} When one cannot load its modules or dies before it is ready.
   */
  async start(proxy: Proxy, signal?: AbortSignal): Promise<void> {
    this.#proxy = proxy;
    void this.#serve();
    signal?.throwIfAborted();
    signal?.addEventListener("abort", () => this.#started.reject(signal.reason));
    for (const { crew } of this.groups) crew.start();
    if (this.groups.length === 0) this.#started.resolve();
    await this.#started.promise;
    this.#allReady = true;
  }

  /** A frame about the process in a slot arrived. */
  slotControl(index: number, frame: FrameView): void {
    const slot = this.slots.at(index);
    const process = slot.occupant;
    if (process === undefined) return;
    const { reports, worker } = process;
    const { kind } = frame;
    const state = reports.push(frame);
    if (state === "incomplete") return;
    const known = kind === FrameKind.READY || kind === FrameKind.FAILED ||
      kind === FrameKind.UNCAUGHT || kind === FrameKind.BOUNDS;
    if (state === "fault" || worker === null || !known) {
      return this.slotFault(index, new Error(`a frame of kind ${kind} that was not expected`));
    }
    const text = decoder.decode(reports.bytes.subarray(reports.start, reports.end));
    reports.clear();
    try {
      const report = JSON.parse(text);
      if (kind === FrameKind.FAILED) this.#failed(worker, report);
      else if (kind === FrameKind.UNCAUGHT) this.#erred(worker, report, slot.state === "closing");
      else if (kind === FrameKind.BOUNDS) {
        for (const [bound, times] of readBoundsReport(report)) reached(bound, times);
      } // What a process said last still counts; what it offered does not.
      else if (slot.state !== "closing") this.#ready(index, worker, report);
    } catch (error) {
      this.slotFault(index, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The content of a slot makes no sense: whoever is in it is thrown out. */
  slotFault(index: number, error: Error): void {
    const { state, occupant: process } = this.slots.at(index);
    if (state === "closing") return; // it may have died in the middle of a word
    this.slotFaults++;
    this.#options.log.error("slot lost: its content makes no sense", {
      slot: index,
      pid: process?.pid,
      why: error.message,
    });
    if (process === undefined) return;
    const why = "its slot was corrupt";
    if (process.worker !== null) this.#groupOf(process.worker).crew.kill(process.worker, why);
    this.#options.control.hangUp(process.connection);
    this.#vacate(index, why, false);
  }

  /** Replaces every worker of a kind, in order. */
  replaceAll(kind: "web" | "exec", request: ReplaceRequest): void {
    for (const group of this.groups) if (group.kind === kind) group.crew.replaceAll(request);
  }

  /** Tells workers of a kind to end when they have no calls, and starts no more of them. */
  drain(kind: "web" | "exec"): Promise<unknown> {
    this.#draining = true;
    const workers = this.groups.filter((group) => group.kind === kind).flatMap(({ crew }) => {
      crew.drain();
      return crew.workers;
    });
    return Promise.all(workers.map(({ process }) => process?.exited));
  }

  /** Ends every worker at once, and lets every guest go. */
  async end(): Promise<void> {
    this.#draining = true;
    const workers = this.groups.flatMap(({ crew }) => crew.workers);
    for (const { crew } of this.groups) crew.end();
    await Promise.all(workers.map(({ process }) => process?.exited));
  }

  async #serve(): Promise<void> {
    try {
      for await (const event of this.#options.control.events()) {
        try {
          if (event.type === "hello") this.#hello(event);
          else this.#hangup(event.connection);
        } catch (error) {
          // One process's trouble must not keep all others out.
          this.#options.log.error("a process could not be attended to", { error });
        }
      }
    } catch (error) {
      this.#options.log.error("the control socket failed: no process can attach any more", {
        error,
      });
    }
  }

  #hello(event: ControlEvent & { type: "hello" }): void {
    const { config, control, segment, log } = this.#options;
    let slot: Slot<AttachedProcess> | undefined;
    try {
      const hello = parseHello(event.body);
      const worker = hello.kind === "guest" ? null : this.#expected(hello.kind, hello.token);
      if (worker === null && this.#draining) {
        throw new MeshError("UNAVAILABLE", `server ${config.name} is draining`);
      }
      slot = this.slots.find(hello.kind);
      if (slot === undefined) {
        reached("SLOTS_DEFAULT");
        throw new MeshError(
          "RESOURCE_EXHAUSTED",
          `all ${config.slots} slots of ${config.name} are taken`,
        );
      }
      slot.attach({
        kind: hello.kind,
        pid: event.pid,
        connection: event.connection,
        worker,
        reports: new Assembler(CONTROL_BODY_MAX_BYTES),
      });
      const { index } = slot;
      this.#keeper.open(index);
      const welcome: AttachWelcome = {
        server: config.name,
        messageBytes: config.limits.messageBytes,
        timeoutMs: config.limits.timeoutMs,
        keyGroups: this.#startedProxy.keyNews.groups,
        ...(worker === null ? {} : { work: this.#assignmentOf(worker) }),
      };
      const body = encoder.encode(JSON.stringify(welcome));
      if (!control.admit(event.connection, segment, index, body)) {
        this.#vacate(index, "it left while it attached");
      } else if (worker === null) this.#keeper.ready(index);
    } catch (error) {
      this.refusedProcesses++;
      if (slot !== undefined) this.#vacate(slot.index, "it could not be admitted", false);
      log.warn("a process was not admitted", {
        pid: event.pid,
        why: textOf(error),
      });
      control.refuse(event.connection, refusal(error));
    }
  }

  /** The worker that was started with a token and has not attached yet. */
  #expected(kind: "web" | "exec", token: string | undefined): PoolWorker {
    for (const group of this.groups) {
      if (group.kind !== kind) continue;
      for (const worker of group.crew.workers) {
        const { state, process } = worker;
        const awaited = state === "starting" && process?.token === token;
        if (awaited && this.#slotOf(process) === undefined) return worker;
      }
    }
    throw new MeshError("PERMISSION_DENIED", "no worker was started with this token");
  }

  #hangup(connection: number): void {
    const slot = this.slots.slotOf((process) => process.connection === connection);
    if (slot === undefined) return;
    // A worker that closed its life line but lives on must not keep its place.
    slot.occupant?.worker?.process?.kill();
    this.#vacate(slot.index, "its process died");
  }

  /** @param heard Whether what the process wrote last still counts. */
  #vacate(index: number, why: string, heard = true): void {
    const worker = this.slots.at(index).occupant?.worker;
    const departure = { why: worker?.why ?? why, heard, reason: worker?.purpose };
    this.#keeper.reclaim(index, departure);
    for (const { crew } of this.groups) crew.roomAgain();
  }

  #ready(slot: number, worker: PoolWorker, report: ReadyReport): void {
    if (worker.state !== "starting") return;
    const offer = offerOf({ services: report.services, draining: false });
    if (offer === undefined) throw new Error("its description of its services is malformed");
    const group = this.#groupOf(worker);
    const { kind, crew } = group;
    const twins = offeredTwice(group, offer.services, this.groups);
    if (twins !== undefined) return this.#failed(worker, { message: twins, missing: false });
    // Before the one that it replaces leaves: a service is never without a process.
    this.#keeper.ready(slot, kind === "exec" ? offer.services : undefined);
    crew.ready(worker);
    if (this.groups.every(({ crew }) => crew.complete)) this.#started.resolve();
  }

  #failed(worker: PoolWorker, report: FailedReport): void {
    // What becomes of a successor that fails is logged with its replacement.
    if (this.#allReady && worker.place.successor !== worker) {
      this.#options.log.error("worker cannot load its modules", { why: report.message });
    }
    this.#groupOf(worker).crew.failed(worker, report.message);
    this.#started.reject(
      new MeshError(report.missing ? "NOT_FOUND" : "INVALID_ARGUMENT", report.message),
    );
  }

  /** User code did not catch an error. The worker has logged it; what becomes of the worker is decided here. */
  #erred(worker: PoolWorker, said: unknown, gone: boolean): void {
    const { count, text } = readUncaughtReport(said);
    this.uncaught += count;
    if (worker.process !== undefined) worker.process.uncaught += count;
    const group = this.#groupOf(worker);
    const { index } = worker.place;
    group.uncaught[index] = (group.uncaught[index] ?? 0) + count;
    if (gone || group.work.onUncaught !== "replace" || worker.wish !== undefined) return;
    group.crew.replace(worker, {
      reason: `uncaught error: ${text}`,
      faulty: true,
      persistent: true,
    });
  }

  #ended(worker: PoolWorker, kind: "web" | "exec"): void {
    const slot = this.#slotOf(worker.process);
    if (slot?.occupant !== undefined) {
      this.#options.control.hangUp(slot.occupant.connection);
      this.#vacate(slot.index, "its process died");
    }
    this.#started.reject(
      new MeshError(
        "UNAVAILABLE",
        `a worker (${kind}) ended before it was ready: ${worker.place.lastEnd}`,
      ),
    );
  }

  #assignmentOf(worker: PoolWorker): GivenAssignment {
    return { ...this.#groupOf(worker).work, logToken: worker.process?.logToken ?? "" };
  }

  #groupOf({ place }: PoolWorker): WorkerGroup {
    const group = this.groups.find(({ crew }) => crew.places[place.index] === place);
    if (group === undefined) throw new Error("a worker of no group");
    return group;
  }

  #slotOf(process: WorkerProcess | undefined): Slot<AttachedProcess> | undefined {
    if (process === undefined) return undefined;
    return this.slots.slotOf(({ worker }) => worker?.process === process);
  }

  /** Slots that workers will need which have none yet. */
  #promisedSlots(): number {
    return this.groups.reduce((sum, { crew }) => {
      const without = crew.workers.filter(({ state, process }) =>
        state === "starting" && this.#slotOf(process) === undefined
      );
      return sum + crew.vacant + without.length;
    }, 0);
  }
}

function parseHello(body: Uint8Array): AttachHello {
  const hello = JSON.parse(decoder.decode(body));
  const { kind } = hello ?? {};
  if (kind === "web" || kind === "exec" || kind === "guest") return hello;
  throw new MeshError("INVALID_ARGUMENT", "the hello is malformed");
}

function refusal(error: unknown): Uint8Array {
  const code: Code = error instanceof MeshError ? error.code : "INVALID_ARGUMENT";
  const message = textOf(error);
  return encoder.encode(JSON.stringify({ code, message }));
}
