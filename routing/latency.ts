/**
 * Peak-EWMA: a latency estimate that believes bad news at once and good news slowly.
 *
 * A sample above the estimate replaces it; a sample below pulls it down with a weight that depends on
 * the time since the last one. Read later, the estimate has faded: a server that was slow long ago gets
 * another chance without anybody probing it. From Finagle's `PeakEwma` balancer
 * (https://twitter.github.io/finagle/guide/Clients.html#power-of-two-choices-p2c-least-loaded), measured
 * in https://linkerd.io/2016/03/16/beyond-round-robin-load-balancing-for-latency/.
 *
 * @module
 */
import { left } from "./decay.ts";

/** Weight of what is older than this is 1/e in a {@linkcode MeanLatency}, in ms. */
export const LATENCY_MEAN_MS = 1_000;

/** Time in which an estimate fades to 1/e, in ms: Finagle's default. */
export const LATENCY_DECAY_MS = 10_000;

/** One latency estimate. Times are in ms, on any steady clock. */
export class PeakEwma {
  readonly #decayMs: number;
  #estimateMs = 0;
  #at = 0;
  #measured = false;

  /** @param decayMs Time in which the estimate fades to 1/e, in ms. Default 10,000. */
  constructor(decayMs: number = LATENCY_DECAY_MS) {
    this.#decayMs = decayMs;
  }

  /** Whether any sample was taken. */
  get measured(): boolean {
    return this.#measured;
  }

  /** The estimate at `now`, in ms; 0 when nothing is known. */
  valueMs(now: number): number {
    if (this.#estimateMs === 0) return 0;
    return this.#estimateMs * left(now - this.#at, this.#decayMs);
  }

  /** Takes a sample. */
  observe(sampleMs: number, now: number): void {
    const kept = left(now - this.#at, this.#decayMs);
    const faded = this.#estimateMs * kept;
    this.#estimateMs = sampleMs >= faded ? sampleMs : faded + sampleMs * (1 - kept);
    this.#at = now;
    this.#measured = true;
  }

  /** Takes a lower bound: of a call that was given up, only this much is known. */
  observeAtLeast(sampleMs: number, now: number): void {
    if (sampleMs > this.valueMs(now)) this.observe(sampleMs, now);
  }

  /** Forgets everything. */
  reset(): void {
    this.#estimateMs = 0;
    this.#measured = false;
  }
}

/**
 * The mean of late samples: what a server tells its callers. Their own peaks tell them of single slow calls;
 * this one tells each of them what all of them have seen.
 */
export class MeanLatency {
  /** The mean, in ms; 0 when nothing is known. */
  ms = 0;
  #at = -Infinity;

  /** Takes a sample. */
  observe(sampleMs: number, now: number): void {
    const kept = left(now - this.#at, LATENCY_MEAN_MS);
    this.ms = this.ms * kept + sampleMs * (1 - kept);
    this.#at = now;
  }

  /** Takes a lower bound: of a call that did not end well, only this much is known. */
  observeAtLeast(sampleMs: number, now: number): void {
    if (sampleMs > this.ms) this.observe(sampleMs, now);
  }
}
