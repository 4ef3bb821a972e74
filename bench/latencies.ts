/**
 * Latencies of many calls in little memory, which does not grow with the calls.
 *
 * @module
 */

/** Up to here in steps of 1 µs. */
const FINE_MAX_US = 100_000;
/** Beyond it in steps of 1 ms, up to ten seconds. */
const COARSE_STEP_US = 1_000;
const BUCKETS = FINE_MAX_US + 9_900 + 1;

/** A histogram of latencies. */
export class Latencies {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds the latency of one call, in µs. */
  add(us: number): void {
    const bucket = us < FINE_MAX_US
      ? Math.round(us)
      : Math.min(FINE_MAX_US + Math.floor((us - FINE_MAX_US) / COARSE_STEP_US), BUCKETS - 1);
    this.#buckets[bucket]!++;
    this.#count++;
  }

  /** The latency in µs within which this share (0 to 1) of the calls ended. */
  percentileUs(share: number): number {
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#buckets[bucket]!;
      if (seen > 0 && seen >= this.#count * share) return upperUs(bucket);
    }
    return 0;
  }
}

function upperUs(bucket: number): number {
  return bucket < FINE_MAX_US ? bucket : FINE_MAX_US + (bucket - FINE_MAX_US) * COARSE_STEP_US;
}
