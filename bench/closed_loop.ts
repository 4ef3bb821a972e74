/**
 * A closed loop: so many calls in flight, each followed by the next.
 *
 * @module
 */

/** What a loop measured. */
export interface LoopResult {
  /** Calls made. */
  readonly calls: number;
  /** Calls per second. */
  readonly perSecond: number;
  /** Latency percentiles in µs. */
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

/** Latencies are kept in buckets of 1 µs up to this, so that memory does not grow with the calls. */
const BUCKETS = 100_000;

/**
 * Runs a closed loop.
 *
 * @param inFlight Calls in flight.
 * @param calls Calls in all.
 * @param call Makes one.
 */
export async function closedLoop(
  inFlight: number,
  calls: number,
  call: () => PromiseLike<unknown>,
): Promise<LoopResult> {
  const histogram = new Uint32Array(BUCKETS + 1);
  let left = calls;
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (left-- > 0) {
      const sentMs = performance.now();
      await call();
      const us = Math.round((performance.now() - sentMs) * 1_000);
      histogram[Math.min(us, BUCKETS)]!++;
    }
  }));
  const tookMs = performance.now() - beganMs;
  const percentile = (share: number): number => {
    let seen = 0;
    for (let us = 0; us <= BUCKETS; us++) {
      seen += histogram[us]!;
      if (seen >= calls * share) return us;
    }
    return BUCKETS;
  };
  return {
    calls,
    perSecond: Math.round(calls / tookMs * 1_000),
    p50Us: percentile(0.5),
    p99Us: percentile(0.99),
    p999Us: percentile(0.999),
  };
}
