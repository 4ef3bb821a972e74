/**
 * Load that does not wait for its answers: calls start at a steady rate, whatever becomes of them.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { Call } from "../../client/types.ts";
import { MeshError } from "../../errors.ts";

/** How often calls are started, in ms; each time as many as are due. */
const TICK_MS = 5;
/** A call that ends so long after its deadline has missed it, in ms: the machine may be busy. */
const LATE_MS = 1_500;

/** A call that has ended. */
export interface Sample {
  /** Its number, from 0. */
  readonly number: number;
  /** What it gave. */
  readonly value?: unknown;
  /** What it failed with. */
  readonly error?: MeshError;
  /** How long it took, in ms. */
  readonly ms: number;
}

/** Calls at a steady rate, until it is stopped. */
export class Load {
  /** The calls that have ended, in that order. */
  readonly samples: Sample[] = [];
  readonly #make: (number: number) => Call<unknown>;
  readonly #timeoutMs: number;
  readonly #began = performance.now();
  readonly #rate: number;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #open = new Set<Promise<void>>();
  #started = 0;
  #wrong: unknown;

  /**
   * Begins.
   *
   * @param ratePerSecond Calls per second.
   * @param timeoutMs The calls' time-out, in ms: one that ends later is a fault.
   * @param make Makes the call with a number.
   */
  constructor(ratePerSecond: number, timeoutMs: number, make: (number: number) => Call<unknown>) {
    this.#rate = ratePerSecond;
    this.#timeoutMs = timeoutMs;
    this.#make = make;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Calls begun. */
  get started(): number {
    return this.#started;
  }

  /** Waits until so many more calls have begun and ended, and gives those that ended meanwhile. */
  async more(count: number): Promise<Sample[]> {
    const first = this.#started;
    while (this.#started < first + count) await delay(5);
    await Promise.all([...this.#open]);
    this.#check();
    return this.samples.filter(({ number }) => number >= first && number < first + count);
  }

  /** Starts no more calls, waits for those under way, and gives them all. */
  async stop(): Promise<Sample[]> {
    clearInterval(this.#timer);
    await Promise.all([...this.#open]);
    this.#check();
    if (this.samples.length !== this.#started) {
      throw new Error(`${this.#started} calls began, ${this.samples.length} ended`);
    }
    return this.samples;
  }

  #tick(): void {
    const due = Math.floor((performance.now() - this.#began) * this.#rate / 1_000);
    // After a stall of the machine not all at once: that would be another kind of load.
    const upTo = Math.min(due, this.#started + Math.ceil(this.#rate * TICK_MS * 4 / 1_000));
    while (this.#started < upTo) {
      const one: Promise<void> = this.#one(this.#started++).finally(() => this.#open.delete(one));
      this.#open.add(one);
    }
  }

  async #one(number: number): Promise<void> {
    const began = performance.now();
    const took = () => performance.now() - began;
    try {
      const value = await this.#make(number);
      this.samples.push({ number, value, ms: took() });
    } catch (error) {
      if (!(error instanceof MeshError)) {
        this.#wrong ??= error;
        return;
      }
      this.samples.push({ number, error, ms: took() });
    }
    if (took() > this.#timeoutMs + LATE_MS) {
      this.#wrong ??= new Error(`call ${number} ended after ${took()} ms`);
    }
  }

  #check(): void {
    if (this.#wrong !== undefined) throw this.#wrong;
  }
}

/** How many ended how: `"ok"`, or the code and whether it was started. */
export function endings(samples: readonly Sample[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { error } of samples) {
    const name = error === undefined
      ? "ok"
      : `${error.code} ${error.started ? "started" : "not started"}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
