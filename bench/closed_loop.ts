/**
 * A closed loop: so many calls in flight, each followed by the next.
 *
 * @module
 */
import { Latencies } from "./latencies.ts";

/** When a loop ends: after so many calls, or so long after its start. */
export type LoopEnd = { readonly calls: number } | { readonly ms: number };

/** What a loop measured. */
export interface LoopResult {
  /** Calls made. */
  readonly calls: number;
  /** Calls per second. */
  readonly perSecond: number;
  /** Latency percentiles in µs. */
  readonly p50Us: number;
  readonly p99Us: number;
}

/**
 * Runs a closed loop.
 *
 * @param inFlight Calls in flight.
 * @param end When it ends; each of those in flight makes one call at least.
 * @param call Makes one.
 */
export async function closedLoop(
  inFlight: number,
  end: LoopEnd,
  call: () => PromiseLike<unknown>,
): Promise<LoopResult> {
  const latencies = new Latencies();
  const beganMs = performance.now();
  const endMs = "ms" in end ? beganMs + end.ms : Infinity;
  let left = "calls" in end ? Math.max(end.calls, inFlight) : Infinity;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    let sentMs = beganMs;
    do {
      if (left-- <= 0) return;
      await call();
      const nowMs = performance.now();
      latencies.add((nowMs - sentMs) * 1_000);
      sentMs = nowMs;
    } while (sentMs < endMs);
  }));
  return {
    calls: latencies.count,
    perSecond: latencies.count / (performance.now() - beganMs) * 1_000,
    p50Us: latencies.percentileUs(0.5),
    p99Us: latencies.percentileUs(0.99),
  };
}
