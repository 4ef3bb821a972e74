/**
 * CoDel for a queue of calls: tells a standing queue, which only adds delay, from a burst, which is what
 * queues are for.
 *
 * The criterion is RFC 8289's: the *smallest* time that calls waited, over an interval, stayed above a
 * target. What follows from it is Facebook's adaptation to request queues ("Fail at Scale", ACM Queue
 * 13(8), 2015; folly's `Codel`): from then on new calls may wait only for the target, and those that
 * would certainly wait longer are refused at once, until nothing had to be refused for an interval.
 * Unlike there, calls that were let in before keep their place and their own deadlines: a burst is
 * served whole.
 *
 * @module
 */
import { CODEL_INTERVAL_MS, CODEL_TARGET_MS } from "../../limits.ts";

/** What is to be done with a call that cannot start at once. */
export type Verdict = "wait" | "wait for the target at most" | "refuse";

/** The state of one queue. The queue itself is its owner's. */
export class Codel {
  readonly targetMs: number;
  readonly intervalMs: number;
  #overloaded = false;
  /** Last time a call was refused, while overloaded. */
  #refusedAtMs = 0;
  #smallestMs = Infinity;
  #lastMs = 0;
  /** End of the interval; `Infinity`: none is open, the queue is empty. */
  #endMs = Infinity;

  constructor(targetMs: number = CODEL_TARGET_MS, intervalMs: number = CODEL_INTERVAL_MS) {
    this.targetMs = targetMs;
    this.intervalMs = intervalMs;
  }

  /** Whether new calls may wait only for the target. */
  overloaded(now: number): boolean {
    return this.#overloaded && now - this.#refusedAtMs < this.intervalMs;
  }

  /**
   * A call arrives that has to wait.
   *
   * @param headAgeMs How long the first in the queue has waited; 0 when the queue is empty.
   */
  arriving(headAgeMs: number, now: number): Verdict {
    if (!this.overloaded(now)) {
      this.#overloaded = false;
      if (this.#endMs === Infinity) this.#open(now);
      // While nothing leaves the queue, the age of its head is what is known of the waits.
      else if (now >= this.#endMs) this.#close(Math.min(this.#smallestMs, headAgeMs), now);
      if (!this.#overloaded) return "wait";
    }
    if (Math.max(this.#lastMs, headAgeMs) <= this.targetMs) return "wait for the target at most";
    this.refused(now);
    return "refuse";
  }

  /** A call left the queue to be worked on, after `waitedMs`. */
  departed(waitedMs: number, now: number): void {
    this.#lastMs = waitedMs;
    this.#smallestMs = Math.min(this.#smallestMs, waitedMs);
    if (now >= this.#endMs) this.#close(this.#smallestMs, now);
  }

  /** A call that might wait for the target at most has waited so long. */
  refused(now: number): void {
    this.#refusedAtMs = now;
  }

  /** The queue is empty. */
  emptied(): void {
    this.#endMs = Infinity;
    this.#lastMs = 0;
  }

  #open(now: number): void {
    this.#smallestMs = Infinity;
    this.#endMs = now + this.intervalMs;
  }

  #close(smallestMs: number, now: number): void {
    if (smallestMs > this.targetMs && !this.#overloaded) {
      this.#overloaded = true;
      this.#refusedAtMs = now;
    }
    this.#open(now);
  }
}
