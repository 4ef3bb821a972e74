/**
 * The processes attached to a server: its own workers, started and replaced here, and guests that joined
 * by themselves. Each has one slot.
 *
 * @module
 */
import type { AttachHello, AttachWelcome } from "../client/attachment.ts";
import type { ServerConfig } from "../config/types.ts";
import { type Code, MeshError } from "../errors.ts";
import { CONTROL_BODY_MAX_BYTES } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import type { Proxy } from "../proxy/proxy.ts";
import type { ControlEvent, ControlServer } from "../shm/control_server.ts";
import type { Segment } from "../shm/segment.ts";
import { Assembler } from "../wire/assembler.ts";
import { Kind } from "../wire/frame.ts";
import { offerOf } from "../wire/server_info.ts";
import { ReadAllowance } from "./read_allowance.ts";
import { findProject } from "./user_project.ts";
import type { FailedReport, ReadyReport, StartedWork, Work } from "./work.ts";
import type { OutputHost } from "./worker_output.ts";
import { type SeatState, WorkerSeat } from "./worker_seat.ts";

/** What a pool works with. */
export interface WorkerPoolOptions {
  readonly config: ServerConfig;
  readonly segment: Segment;
  readonly control: ControlServer;
  readonly log: Logger;
  /** The work of each worker that is to run. */
  readonly works: readonly Work[];
}

/** A process and its slot. */
export interface Occupant {
  readonly kind: "web" | "exec" | "guest";
  readonly pid: number;
  readonly connection: number;
  /** `null` for a guest. */
  readonly seat: WorkerSeat | null;
  /** Collects the fragments of its messages about itself. */
  readonly reports: Assembler;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** See the module's description. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #seats: WorkerSeat[];
  readonly #occupants: (Occupant | undefined)[];
  /** For each slot the number of the vacation that left it free; 0: it was never used. */
  readonly #vacatedAt: number[];
  #vacations = 0;
  readonly #started = Promise.withResolvers<void>();
  #proxy: Proxy | undefined;
  /** Processes thrown out because the content of their slot made no sense. */
  slotFaults = 0;
  /** Processes that asked for a slot and got none. */
  refusedProcesses = 0;
  /** What reads the workers' output. */
  readonly output: OutputHost;
  #allReady = false;
  #draining = false;

  /** @param options See {@linkcode WorkerPoolOptions}. */
  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    const { config, control, log } = options;
    this.#occupants = new Array(config.slots).fill(undefined);
    this.#vacatedAt = new Array(config.slots).fill(0);
    this.output = {
      log,
      allowance: new ReadAllowance(),
      counters: { logDropped: 0, logCut: 0 },
    };
    this.#seats = options.works.map((work) =>
      new WorkerSeat({
        work,
        project: findProject(work.kind === "web" ? work.site : work.services[0]!),
        controlPath: control.path,
        runtimeDir: config.runtimeDir,
        log,
        output: this.output,
        onExit: (seat) => this.#exited(seat),
      })
    );
    this.#started.promise.catch(() => {}); // awaited in start(); it may fail before or after
  }

  /** The workers. */
  get seats(): readonly WorkerSeat[] {
    return this.#seats;
  }

  /** Who is attached to a slot. */
  occupant(slot: number): Occupant | undefined {
    return this.#occupants[slot];
  }

  /** State of the process in a slot. */
  stateOf(slot: number): SeatState | "free" {
    const occupant = this.#occupants[slot];
    return occupant === undefined ? "free" : occupant.seat?.state ?? "ready";
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
    for (const seat of this.#seats) seat.start();
    if (this.#seats.length === 0) this.#started.resolve();
    await this.#started.promise;
    this.#allReady = true;
  }

  /** A frame about the process in a slot arrived. */
  slotControl(slot: number, kind: number, flags: number, body: Uint8Array): void {
    const occupant = this.#occupants[slot];
    if (occupant === undefined) return;
    const { reports, seat } = occupant;
    const state = reports.push(flags, body, 0, body.length);
    if (state === "incomplete") return;
    if (state === "fault" || seat === null || (kind !== Kind.READY && kind !== Kind.FAILED)) {
      return this.slotFault(slot, new Error(`a frame of kind ${kind} that was not expected`));
    }
    const text = decoder.decode(reports.bytes.subarray(reports.start, reports.end));
    reports.clear();
    try {
      const report = JSON.parse(text);
      if (kind === Kind.READY) this.#ready(slot, seat, report);
      else this.#failed(seat, report);
    } catch (error) {
      this.slotFault(slot, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The content of a slot makes no sense: whoever is in it is thrown out. */
  slotFault(slot: number, error: Error): void {
    const occupant = this.#occupants[slot];
    this.slotFaults++;
    this.#options.log.error("slot lost: its content makes no sense", {
      slot,
      pid: occupant?.pid,
      why: error.message,
    });
    if (occupant !== undefined) this.#throwOut(slot, occupant, "its slot was corrupt");
  }

  /** Tells workers of a kind to end when they have no calls, and starts no more of them. */
  drain(kind: "web" | "exec"): Promise<unknown> {
    this.#draining = true;
    const seats = this.#seats.filter(({ work }) => work.kind === kind);
    for (const seat of seats) {
      seat.drain();
      if (seat.slot >= 0) this.#proxy!.drainSlot(seat.slot);
    }
    return Promise.all(seats.map((seat) => seat.exited));
  }

  /** Ends every worker at once, and lets every guest go. */
  async end(): Promise<void> {
    this.#draining = true;
    for (const seat of this.#seats) seat.end();
    await Promise.all(this.#seats.map((seat) => seat.exited));
  }

  async #serve(): Promise<void> {
    try {
      for await (const event of this.#options.control.events()) {
        if (event.type === "hello") this.#hello(event);
        else this.#hangup(event.connection);
      }
    } catch (error) {
      this.#options.log.error("the control socket failed: no process can attach any more", {
        error,
      });
    }
  }

  #hello(event: ControlEvent & { type: "hello" }): void {
    const { config, control, segment, log } = this.#options;
    let seat: WorkerSeat | null = null;
    let slot = -1;
    try {
      const hello = parseHello(event.body);
      if (hello.kind !== "guest") {
        seat = this.#seats.find((seat) =>
          seat.state === "starting" && seat.slot < 0 && seat.token === hello.token &&
          seat.work.kind === hello.kind
        ) ?? null;
        if (seat === null) {
          throw new MeshError("PERMISSION_DENIED", "no worker was started with this token");
        }
      } else if (this.#draining) {
        throw new MeshError("UNAVAILABLE", `server ${config.name} is draining`);
      }
      slot = this.#freeSlot(seat !== null);
      this.#occupants[slot] = {
        kind: hello.kind,
        pid: event.pid,
        connection: event.connection,
        seat,
        reports: new Assembler(CONTROL_BODY_MAX_BYTES),
      };
      if (seat !== null) seat.slot = slot;
      this.#proxy!.openSlot(slot);
      const welcome: AttachWelcome = {
        server: config.name,
        messageBytes: config.limits.messageBytes,
        timeoutMs: config.limits.timeoutMs,
        ...(seat === null ? {} : {
          work: { ...seat.work, logToken: seat.logToken } satisfies StartedWork,
        }),
      };
      const body = encoder.encode(JSON.stringify(welcome));
      if (!control.admit(event.connection, segment, slot, body)) {
        this.#vacate(slot, "it left while it attached");
      }
    } catch (error) {
      this.refusedProcesses++;
      if (slot >= 0) this.#vacate(slot, "it could not be admitted", false);
      log.warn("a process was not admitted", {
        pid: event.pid,
        why: error instanceof Error ? error.message : String(error),
      });
      control.refuse(event.connection, refusal(error));
    }
  }

  #hangup(connection: number): void {
    const slot = this.#occupants.findIndex((occupant) => occupant?.connection === connection);
    if (slot < 0) return;
    const occupant = this.#occupants[slot]!;
    // A worker that closed its life line but lives on must not keep its seat.
    occupant.seat?.kill();
    this.#vacate(slot, "its process died");
  }

  #throwOut(slot: number, occupant: Occupant, why: string): void {
    occupant.seat?.kill();
    this.#options.control.hangUp(occupant.connection);
    this.#vacate(slot, why, false);
  }

  /** @param heard Whether what the process said last still counts. */
  #vacate(slot: number, why: string, heard = true): void {
    const occupant = this.#occupants[slot];
    if (occupant === undefined) return;
    this.#occupants[slot] = undefined;
    this.#vacatedAt[slot] = ++this.#vacations;
    if (occupant.seat !== null) occupant.seat.slot = -1;
    this.#proxy!.closeSlot(slot, why, heard);
  }

  #ready(slot: number, seat: WorkerSeat, report: ReadyReport): void {
    if (seat.state !== "starting") return;
    const offer = offerOf({ services: report.services, draining: false });
    if (offer === undefined) throw new Error("its description of its services is malformed");
    seat.ready();
    if (seat.work.kind === "exec") this.#proxy!.offer(slot, offer.services);
    if (this.#seats.every(({ state }) => state === "ready")) this.#started.resolve();
  }

  #failed(seat: WorkerSeat, report: FailedReport): void {
    seat.failed();
    if (this.#allReady) {
      this.#options.log.error("worker cannot load its modules", { why: report.message });
    }
    this.#started.reject(
      new MeshError(report.missing ? "NOT_FOUND" : "INVALID_ARGUMENT", report.message),
    );
  }

  #exited(seat: WorkerSeat): void {
    if (seat.slot >= 0) {
      this.#options.control.hangUp(this.#occupants[seat.slot]!.connection);
      this.#vacate(seat.slot, "its process died");
    }
    this.#started.reject(
      new MeshError(
        "UNAVAILABLE",
        `a worker (${seat.work.kind}) ended before it was ready: ${seat.lastEnd}`,
      ),
    );
  }

  /**
   * Workers that are still to come keep their slots: guests take what is left. Of that they get the one that
   * has been free longest, since a guest that was thrown out may live on and still write into its old slot.
   */
  #freeSlot(forWorker: boolean): number {
    const free = this.#occupants.flatMap((occupant, slot) => occupant === undefined ? [slot] : []);
    const reserved = forWorker ? 0 : this.#seats.filter(({ slot }) => slot < 0).length;
    if (free.length <= reserved) {
      throw new MeshError(
        "RESOURCE_EXHAUSTED",
        `all ${this.#occupants.length} slots of ${this.#options.config.name} are taken`,
      );
    }
    if (forWorker) return free[0]!;
    return free.reduceRight((best, slot) =>
      this.#vacatedAt[slot]! < this.#vacatedAt[best]! ? slot : best
    );
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
  const message = error instanceof Error ? error.message : String(error);
  return encoder.encode(JSON.stringify({ code, message }));
}
