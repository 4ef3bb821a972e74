/**
 * Machines with clocks of their own, and processes on them: what a process's code gets for clock, timers and chance.
 *
 * @module
 */
import { type Outside, type Timer, timerMs } from "../outside/outside.ts";
import type { Dice } from "./dice.ts";
import type { Happening, Owner, World } from "./world.ts";

/** Timers fire so much late, at most, in ms. */
const LATE_MAX_MS = 0.5;
/** Timers that are due in the same so many ms are equally late. */
const LATE_STEP_MS = LATE_MAX_MS / 2;

/** A machine: one monotonic clock for all of its processes. */
export class Machine {
  readonly processes = new Set<SimProcess>();
  /** All that ever were. */
  readonly everybody: SimProcess[] = [];
  /** What its clock shows more than the world's, in ms. */
  aheadMs: number;

  /**
   * @param world The world.
   * @param aheadMs What its clock shows at the beginning.
   */
  constructor(readonly world: World, aheadMs: number) {
    this.aheadMs = aheadMs;
  }

  /** Its clock jumps forward, as after a virtual machine was held up. */
  jump(ms: number): void {
    this.aheadMs += ms;
    for (const process of this.processes) process.jumped(ms);
  }
}

interface SimTimer {
  happening: Happening;
}

/** A process of a machine: its clock, its timers and its dice. When it is killed, nothing of it runs any more. */
export class SimProcess implements Outside, Owner {
  dead = false;
  readonly machineOffsetMs: number;
  readonly timeOriginMs = 1_750_000_000_000;
  readonly random: () => number;
  /** Told when it dies. */
  readonly onDeath = new Set<() => void>();
  /** Steps of its slot until it dies; `Infinity`: it does not. */
  stepsLeft = Infinity;
  /** When it did nothing: from, to, in ms of the world. */
  readonly stalls: [number, number][] = [];
  #busyUntilMs = 0;
  readonly #lateness: number;
  readonly #timers = new Set<SimTimer>();

  /**
   * @param name For the log.
   * @param machine Where it runs.
   * @param dice Its chance.
   */
  constructor(readonly name: string, readonly machine: Machine, readonly dice: Dice) {
    this.machineOffsetMs = machine.world.nowMs + machine.aheadMs;
    this.random = dice.real;
    this.#lateness = dice.for("timers").word();
    machine.processes.add(this);
    machine.everybody.push(this);
  }

  /** The world that it is in. */
  get world(): World {
    return this.machine.world;
  }

  /** See {@linkcode Owner.busyUntilMs}. */
  get busyUntilMs(): number {
    return this.#busyUntilMs;
  }

  /** The world's time as this process has it: while it computes, it is ahead of what happens elsewhere. */
  get worldMs(): number {
    const { nowMs } = this.world;
    return this.#busyUntilMs === Infinity ? nowMs : Math.max(nowMs, this.#busyUntilMs);
  }

  readonly now = (): number => this.worldMs + this.machine.aheadMs - this.machineOffsetMs;

  after(ms: number, callback: () => void): Timer {
    const timer: SimTimer = { happening: undefined! };
    const dueMs = this.worldMs + Math.trunc(timerMs(ms));
    timer.happening = this.world.at(this.#lateFor(dueMs), this, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
    return timer;
  }

  every(ms: number, callback: () => void): Timer {
    const timer: SimTimer = { happening: undefined! };
    const again = () => {
      const dueMs = this.worldMs + Math.trunc(timerMs(ms));
      timer.happening = this.world.at(this.#lateFor(dueMs), this, () => {
        again();
        callback();
      });
    };
    again();
    this.#timers.add(timer);
    return timer;
  }

  cancel(timer: Timer | undefined): void {
    if (timer === undefined) return;
    (timer as SimTimer).happening.cancelled = true;
    this.#timers.delete(timer as SimTimer);
  }

  readonly randomBytes = (count: number): Uint8Array => this.dice.bytes(count);

  /** When a timer fires that is due then: a little late by chance, but never before one that was due earlier. */
  #lateFor(dueMs: number): number {
    const step = Math.floor(dueMs / LATE_STEP_MS);
    const chance = (Math.imul(step ^ this.#lateness, 0x9e37_79b1) >>> 0) / 2 ** 32;
    const within = dueMs / LATE_STEP_MS - step;
    return (step + 1 + 0.99 * chance + 0.001 * within) * LATE_STEP_MS;
  }

  /** Something of this process happens soon. */
  soon(delayMs: number, happen: () => void): void {
    this.world.at(this.worldMs + delayMs, this, happen);
  }

  /** It computes: nothing else of it happens meanwhile. */
  burn(ms: number): void {
    if (this.dead || this.#busyUntilMs === Infinity) return;
    const fromMs = this.worldMs;
    this.#busyUntilMs = fromMs + ms;
    this.stalls.push([fromMs, fromMs + ms]);
  }

  /** It is stopped (SIGSTOP). */
  stop(): void {
    if (this.dead || this.#busyUntilMs === Infinity) return;
    this.#busyUntilMs = Infinity;
    this.stalls.push([this.world.nowMs, Infinity]);
  }

  /** It goes on (SIGCONT). */
  goOn(): void {
    if (this.#busyUntilMs !== Infinity) return;
    this.#busyUntilMs = this.world.nowMs;
    for (const stall of this.stalls) if (stall[1] === Infinity) stall[1] = this.world.nowMs;
    this.world.wake(this);
  }

  /** It is killed: not one event of it happens any more. */
  die(): void {
    if (this.dead) return;
    this.dead = true;
    this.machine.processes.delete(this);
    for (const told of this.onDeath) told();
  }

  /** Its machine's clock has jumped: timers that are due now fire now. */
  jumped(ms: number): void {
    for (const timer of this.#timers) {
      const { happening } = timer;
      if (!happening.cancelled) timer.happening = this.world.move(happening, happening.timeMs - ms);
    }
    this.stalls.push([this.world.nowMs - ms, this.world.nowMs]);
  }
}
