/**
 * How the clock of another machine relates to ours, so that deadlines on it can be understood.
 *
 * Each PING carries the peer's clock. What ours shows more at its arrival is the clocks' difference and the
 * time that the PING was under way: the smallest of several samples comes closest (Cristian, "Probabilistic
 * clock synchronization", Distributed Computing 3, 1989). A deadline that is moved by it is late by the
 * shortest way between the two, and never early.
 *
 * @module
 */

/** Samples over which the smallest counts: twice so many at most, then they are forgotten. */
const WINDOW_SAMPLES = 8;
/**
 * Two samples in a row that are so much larger than the smallest, while the round trip is short, and agree with each
 * other, tell of a clock that stood still. One alone may have been held up on its way, and what was held up together
 * arrives together: then the samples differ by the time between the PINGs.
 */
const JUMP_MS = 250;

/** Estimates how much more our clock shows than the peer's, from the last PINGs. */
export class LinkClock {
  #before = Infinity;
  #current = Infinity;
  #samples = 0;
  /** The last sample, if it was so much larger. */
  #suspected: number | undefined;

  /** What our clock shows more than the peer's, in ms; `undefined` before the first sample. */
  get offsetMs(): number | undefined {
    const smallest = Math.min(this.#before, this.#current);
    return smallest === Infinity ? undefined : smallest;
  }

  /**
   * A PING arrived.
   *
   * @param theirMs What it says of the peer's clock.
   * @param ourMs What our clock shows.
   * @param rttMs The round trip now, where it is known: a large sample over a fast link is no delay.
   */
  sample(theirMs: number, ourMs: number, rttMs: number | undefined): void {
    const sample = ourMs - theirMs;
    const known = this.offsetMs;
    if (known !== undefined && rttMs !== undefined && sample - known > JUMP_MS + 2 * rttMs) {
      const suspected = this.#suspected;
      this.#suspected = sample;
      if (suspected === undefined || Math.abs(sample - suspected) > JUMP_MS) return;
      this.#before = Infinity;
      this.#current = Math.min(sample, suspected);
      this.#samples = 2;
      return;
    }
    this.#suspected = undefined;
    this.#current = Math.min(this.#current, sample);
    if (++this.#samples < WINDOW_SAMPLES) return;
    this.#before = this.#current;
    this.#current = Infinity;
    this.#samples = 0;
  }
}
