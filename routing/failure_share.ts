/**
 * The share of recent calls that failed, as a factor on a server's score.
 *
 * A server that fails fast looks idle and quick, and would draw all traffic (a "sinkhole"; Prequal,
 * NSDI'24, section 4, has the same aversion). The share fades with time, so that a server which gets no
 * calls because of it is tried again.
 *
 * @module
 */
import { left } from "./decay.ts";

/** Time in which a call's weight fades to 1/e, in ms. */
const DECAY_MS = 10_000;
/** Calls that are assumed to have gone well: one failure alone says little. */
const PRIOR_CALLS = 5;

/** Failure share of one server. */
export class FailureShare {
  #calls = 0;
  #failures = 0;
  #at = 0;

  /** Counts one call that ended. */
  observe(failed: boolean, now: number): void {
    const kept = left(now - this.#at, DECAY_MS);
    this.#calls = this.#calls * kept + 1;
    this.#failures = this.#failures * kept + (failed ? 1 : 0);
    this.#at = now;
  }

  /** The share at `now`, 0 to just under 1. */
  value(now: number): number {
    if (this.#failures === 0) return 0;
    const kept = left(now - this.#at, DECAY_MS);
    return this.#failures * kept / (this.#calls * kept + PRIOR_CALLS);
  }

  /** What a score is multiplied with: 1 without failures, about 400 when all of 100 calls failed. */
  penalty(now: number): number {
    const share = this.value(now);
    return share === 0 ? 1 : 1 / ((1 - share) * (1 - share));
  }

  /** Forgets everything. */
  reset(): void {
    this.#calls = this.#failures = 0;
  }
}
