/**
 * A simulated server: a real proxy, on a stand-in for its slots and its network, and what starts its workers.
 *
 * @module
 */
import type { ServerConfig } from "../config/types.ts";
import { CONTROL_BODY_MAX_BYTES } from "../limits.ts";
import { Logger } from "../observe/log.ts";
import { Proxy } from "../proxy/proxy.ts";
import type { Occupant } from "../proxy/slot/slot.ts";
import { SlotTable } from "../proxy/slot/slot_table.ts";
import type { GroupConfig } from "../routing/types.ts";
import { Assembler } from "../wire/assembler.ts";
import { FrameKind } from "../wire/frame.ts";
import type { FrameView } from "../wire/frame_view.ts";
import type { ServiceInfo } from "../wire/server_info.ts";
import { Descriptors, Lifeline } from "./descriptors.ts";
import { SimDevice } from "./device.ts";
import { Machine, SimProcess } from "./process.ts";
import type { Scenario, ServerPlan } from "./scenario.ts";
import { SimSegment } from "./segment.ts";
import type { Surroundings } from "./surroundings.ts";
import { SimWorker } from "./worker.ts";

const LINK_PORT = 7_000;
/** A process that is not asked for anything more has so long to end, in ms. */
const DRAIN_MS = 1_500;
/** When a server has come or gone, the others have got used to it so much later, in ms. */
const CHANGE_MS = 8_000;
/** How long a worker's start takes, and a pause after its death, in ms. */
const START_MS = [5, 60] as const;

/** A process in a slot. */
export interface SimOccupant extends Occupant {
  readonly worker: SimWorker;
  /** Collects the fragments of its messages about itself. */
  readonly reports: Assembler;
}

/** Starts a proxy and its workers in a world, replaces workers that die, and can be killed whole. */
export class SimServer {
  readonly name: string;
  machine: Machine;
  readonly workers = new Set<SimWorker>();
  process: SimProcess;
  proxy: Proxy;
  segment: SimSegment;
  /** Who is in which slot. */
  slots: SlotTable<SimOccupant>;
  #descriptors = new Descriptors();
  #run = 0;
  /** It has left. */
  #gone = false;
  #spawned = 0;
  draining = false;

  /**
   * @param plan What it is.
   * @param around What it shares with others.
   */
  constructor(readonly plan: ServerPlan, readonly around: Surroundings) {
    this.name = plan.name;
    this.machine = new Machine(around.world, plan.clockMs);
    this.process = undefined!;
    this.proxy = undefined!;
    this.segment = undefined!;
    this.slots = undefined!;
    const { fromMs, untilMs, returnsMs } = plan;
    const { world } = around;
    if (fromMs === undefined) this.start();
    else {
      this.process = new SimProcess(`${plan.name}/nobody`, this.machine, around.dice);
      this.process.die();
      this.#changes(0, fromMs);
      world.at(fromMs, null, () => this.start());
    }
    if (untilMs !== undefined) world.at(untilMs, null, () => this.#leave());
    if (returnsMs !== undefined) world.at(returnsMs, null, () => this.#return());
  }

  /** The web processes that are ready. */
  get web(): SimWorker[] {
    return [...this.workers].filter((worker) => worker.kind === "web" && worker.ready);
  }

  /** A process is started, and its workers. */
  start(): void {
    const { plan, around } = this;
    const { network, scenario } = around;
    this.draining = false;
    this.#run++;
    this.#descriptors = new Descriptors();
    const dice = around.dice.for(`${plan.name} ${this.#run}`);
    this.process = new SimProcess(`${plan.name}/proxy-${this.#run}`, this.machine, dice);
    const { nowMs: startedMs } = around.world;
    if (plan.lies !== undefined && startedMs < (plan.lies.untilMs ?? Infinity)) {
      around.see({ type: "liar", ms: startedMs, process: this.process.name, to: "its peers" });
    }
    const slots = plan.web + plan.exec + 2;
    this.segment = new SimSegment(slots, plan.spaceBytes, this.#descriptors);
    this.slots = new SlotTable(slots, 0);
    const { process } = this;
    this.segment.onPublish = ({ side, index, generation, bytes, waitingBytes }) => {
      const worker = this.#workerIn(index)?.process;
      const ends = [process.name, worker?.name ?? "nobody"] as const;
      const [from, to] = side === "proxy" ? ends : [ends[1], ends[0]];
      const slot = `${process.name} slot ${index}.${generation}`;
      const { nowMs } = around.world;
      around.see({
        type: "frames",
        ms: nowMs,
        slot,
        generation,
        from,
        to,
        bytes,
        waitingBytes,
      });
    };
    this.segment.isDead = () => process.dead;
    const config = {
      name: plan.name,
      roles: [...(plan.web > 0 ? ["web"] : []), ...(plan.exec > 0 ? ["exec"] : [])],
      link: {
        listen: { hostname: plan.name, port: LINK_PORT },
        connect: [],
        ...(scenario.secret === undefined ? {} : { secret: scenario.secret }),
      },
    } as unknown as ServerConfig;
    this.proxy = new Proxy({
      config,
      groups: groupsOf(scenario, 1),
      keyGroups: { groups: [] },
      slots: this.slots,
      segment: this.segment,
      device: new SimDevice(this.process, this.#descriptors),
      log: this.logger(),
      slotControl: (slot, frame) => this.#control(slot, frame),
      slotFault: (slot, error) => this.#fault(slot, error),
      outside: this.process,
      network: network.of(this.process),
      bounds: scenario.bounds,
    });
    this.proxy.links.listen();
    this.proxy.links.setConnect(plan.dials.map((name) => `${name}:${LINK_PORT}`));
    this.proxy.links.dial();
    for (let i = 0; i < plan.web; i++) this.#spawn("web", 0);
    for (let i = 0; i < plan.exec; i++) this.#spawn("exec", 0);
  }

  /** It leaves, in order or without a word. */
  #leave(): void {
    const { process, workers, around, plan } = this;
    this.#gone = true;
    this.#changes(around.world.nowMs, plan.returnsMs ?? around.world.nowMs);
    if (!process.dead) {
      if (!plan.vanishes && !this.draining) return void this.drain(undefined);
      process.die();
      this.#died(process, false);
    }
    for (const worker of [...workers]) this.killWorker(worker, false);
    workers.clear();
    around.network.vanished(process);
  }

  /** Another machine has its name now. */
  #return(): void {
    const { around, process } = this;
    this.#gone = false;
    if (!process.dead) {
      // It was about to leave still.
      process.die();
      this.#died(process, true);
      for (const worker of [...this.workers]) this.killWorker(worker, true);
      this.workers.clear();
      around.network.died(process);
    }
    const before = this.machine;
    this.machine = new Machine(around.world, around.dice.between(1e6, 2 ** 32 / 16));
    this.machine.everybody.push(...before.everybody);
    this.start();
  }

  /** Others have to get used to its coming or going. */
  #changes(fromMs: number, toMs: number): void {
    const servers = [this.name];
    this.around.see({ type: "disturbed", what: "death", servers, fromMs, toMs: toMs + CHANGE_MS });
  }

  /** The log of one of its processes. */
  logger(): Logger {
    const { around, name } = this;
    const output = {
      write: ({ level, message, fields }: { level: string; message: string; fields: unknown }) =>
        around.see({
          type: "log",
          ms: around.world.nowMs,
          server: name,
          level,
          message,
          fields: JSON.stringify(fields) ?? "",
        }),
    };
    return new Logger({ level: "warn", format: "json" }, {}, { output, limit: null });
  }

  /** It dies; its machine closes its connections, unless that has died, too. */
  die(silently: boolean, againAfterMs: number): void {
    const { process } = this;
    if (process.dead) return;
    process.die();
    this.#died(process, false);
    for (const worker of this.workers) {
      if (silently) this.killWorker(worker, false);
      else worker.lifeline?.end();
    }
    if (!silently) this.around.network.died(process);
    this.around.world.at(this.around.world.nowMs + againAfterMs, null, () => {
      if (this.process !== process) return;
      for (const worker of [...this.workers]) this.killWorker(worker, false);
      this.around.network.died(process);
      this.workers.clear();
      if (!this.#gone) this.start();
    });
  }

  /** It takes no new work, ends, and is started again; `undefined`: it is not. */
  async drain(againAfterMs: number | undefined): Promise<void> {
    const { process, proxy } = this;
    if (process.dead || this.draining) return;
    this.draining = true;
    proxy.drain();
    for (const worker of this.workers) {
      if (worker.slot !== undefined) proxy.slots.drain(worker.slot.index);
    }
    await new Promise<void>((resolve) => process.after(DRAIN_MS, resolve));
    proxy.endCalls("its server drains");
    // As a server does: the links are closed first.
    await proxy[Symbol.asyncDispose]();
    // Who has died meanwhile may have a successor, with workers of its own.
    if (process.dead) return;
    for (const worker of [...this.workers]) this.killWorker(worker, true);
    process.die();
    this.#died(process, true);
    this.around.network.died(process);
    this.workers.clear();
    if (againAfterMs === undefined) return;
    this.around.world.at(this.around.world.nowMs + againAfterMs, null, () => {
      if (this.process === process && !this.#gone) this.start();
    });
  }

  /** A successor is started; when it is ready, this one is asked to leave. */
  replace(worker: SimWorker): void {
    if (this.process.dead || this.draining || worker.process.dead || worker.leaving) return;
    worker.leaving = true;
    this.#spawn(worker.kind, 0, () => {
      const { slot } = worker;
      if (worker.process.dead || slot === undefined) return;
      worker.purpose = "replacement";
      this.proxy.slots.drain(slot.index);
      this.process.after(DRAIN_MS, () => this.killWorker(worker, true));
    });
  }

  /** A worker process ends, without a word. */
  killWorker(worker: SimWorker, asked: boolean): void {
    if (worker.process.dead) return;
    worker.asked = asked;
    worker.process.die();
  }

  #spawn(kind: "web" | "exec", pauseMs: number, onReady?: () => void): void {
    const { process, around } = this;
    if (process.dead || this.draining) return;
    const name = `${this.name}/${kind}-${++this.#spawned}`;
    const worker = new SimWorker(this, kind, name, onReady);
    this.workers.add(worker);
    worker.process.onDeath.add(() => {
      this.#died(worker.process, worker.asked);
      worker.lifeline?.end();
      if (worker.lifeline === undefined) this.workers.delete(worker);
    });
    const ms = pauseMs + around.dice.between(...START_MS);
    process.after(ms, () => this.#admit(worker));
  }

  #admit(worker: SimWorker): void {
    if (worker.process.dead) return void this.workers.delete(worker);
    const slot = this.slots.find(worker.kind);
    if (slot === undefined) {
      // As a pool does: it waits for room.
      return void this.process.after(20, () => this.#admit(worker));
    }
    const reports = new Assembler(CONTROL_BODY_MAX_BYTES);
    slot.attach({ kind: worker.kind, worker, reports });
    const { process } = this;
    this.proxy.slots.open(slot.index);
    const lifeline = new Lifeline();
    worker.lifeline = lifeline;
    const end = this.segment.attach(slot.index, lifeline, (step) => worker.step(step));
    lifeline.onEnd.add(() =>
      process.soon(process.dice.between(0.01, 0.5), () => this.#vacate(worker, true))
    );
    worker.process.soon(
      0.05,
      () => worker.begin(end, new SimDevice(worker.process, this.#descriptors)),
    );
  }

  #vacate(worker: SimWorker, heard: boolean): void {
    const { slot, purpose: reason } = worker;
    if (slot === undefined || slot.state === "closing") return;
    this.workers.delete(worker);
    this.proxy.slots.reclaim(slot.index, { why: "its process died", heard, reason });
    if (!worker.leaving && !this.draining) this.#spawn(worker.kind, 50);
    if (!worker.process.dead) this.killWorker(worker, worker.asked);
  }

  /** `undefined`: nobody, or a process that is gone. */
  #workerIn(index: number): SimWorker | undefined {
    const { state, occupant } = this.slots.at(index);
    return state === "closing" ? undefined : occupant?.worker;
  }

  #control(index: number, frame: FrameView): void {
    const slot = this.slots.at(index);
    const { occupant } = slot;
    if (slot.state === "closing" || occupant === undefined) return;
    const { worker, reports } = occupant;
    if (frame.kind !== FrameKind.READY) {
      return this.#fault(index, new Error(`an unexpected frame of kind ${frame.kind}`));
    }
    const state = reports.push(frame);
    if (state === "incomplete") return;
    if (state === "fault") return this.#fault(index, new Error("broken report"));
    const text = new TextDecoder().decode(reports.bytes.subarray(reports.start, reports.end));
    reports.clear();
    let services: ServiceInfo[];
    try {
      ({ services } = JSON.parse(text));
    } catch {
      return this.#fault(index, new Error("a report that is no JSON"));
    }
    // One that has been asked to leave before it was ready takes no calls any more.
    if (slot.state === "attached") {
      this.proxy.slots.ready(index, worker.kind === "exec" ? services : undefined);
    }
    worker.ready = true;
    worker.onReady?.();
  }

  #fault(index: number, error: Error): void {
    const worker = this.#workerIn(index);
    if (worker === undefined) return;
    worker.lostSlot = error.message;
    this.killWorker(worker, false);
    this.#vacate(worker, false);
  }

  #died(process: SimProcess, asked: boolean): void {
    this.around.see({
      type: "died",
      ms: process.worldMs,
      process: process.name,
      server: this.name,
      asked,
    });
  }
}

/** The groups of a run; `version` changes what does not change who may answer. */
export function groupsOf(scenario: Scenario, version: number): GroupConfig[] {
  const normal = { mode: "normal", prefer: "any", balance: "round-robin" } as const;
  return [
    { ...normal, name: "normal", services: ["plain", "narrow"] },
    { ...normal, name: "near", services: ["near"], prefer: "local" },
    { ...normal, name: "loaded", services: ["loaded"], balance: "least-loaded" },
    // So large a bound that no key spills over: then all agree on its server.
    { name: "placed", mode: "routed", services: ["placed"], loadBound: 1_000 + version },
    { name: "owned", mode: "keyed", services: ["owned"], keys: scenario.owners },
  ];
}
