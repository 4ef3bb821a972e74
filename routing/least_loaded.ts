/**
 * Least-loaded by the power of two choices: of two candidates drawn at random, the one with the lower
 * score. Looking at two is nearly as good as looking at all, and many proxies with the same knowledge do
 * not all run to the same server. (Mitzenmacher, "The power of two choices in randomized load
 * balancing", 2001; the score is {@linkcode Candidate.score}.)
 *
 * @module
 */
import type { Candidate } from "./candidate.ts";
import type { ServiceTable } from "./service_table.ts";

/**
 * Draws two and compares.
 *
 * @param avoidHash Server to pass over; 0: none.
 * @param random Uniform in [0, 1).
 * @returns `undefined` when no active candidate takes calls.
 */
export function betterOfTwo(
  table: ServiceTable,
  avoidHash: number,
  now: number,
  random: () => number,
): Candidate | undefined {
  const { active } = table;
  const all = table.ejected === 0 && avoidHash === 0;
  const count = all ? active.length : countEligible(table, avoidHash, now);
  if (count === 0) return undefined;
  const first = Math.floor(random() * count);
  // Both lie below the count.
  const a = all ? active[first]! : eligible(table, first, avoidHash, now);
  if (count === 1) return a;
  let second = Math.floor(random() * (count - 1));
  if (second >= first) second++;
  // As above.
  const b = all ? active[second]! : eligible(table, second, avoidHash, now);
  // Of a newcomer's latency nothing is known but that of the other, which is as good a guess as any.
  const scoreA = a.score(now, b.latency.valueMs(now));
  return b.score(now, a.latency.valueMs(now)) < scoreA ? b : a;
}

/** Mean latency of the active candidates that were measured, ms; 0 when none was. */
export function meanLatencyMs(table: ServiceTable, now: number): number {
  const measured = table.active.filter(({ latency }) => latency.measured);
  if (measured.length === 0) return 0;
  return measured.reduce((sum, { latency }) => sum + latency.valueMs(now), 0) / measured.length;
}

function countEligible(table: ServiceTable, avoidHash: number, now: number): number {
  let count = 0;
  for (const candidate of table.active) if (takes(candidate, avoidHash, now)) count++;
  return count;
}

function eligible(table: ServiceTable, index: number, avoidHash: number, now: number): Candidate {
  for (const candidate of table.active) {
    if (takes(candidate, avoidHash, now) && index-- === 0) return candidate;
  }
  throw new RangeError("fewer eligible candidates than counted");
}

function takes(candidate: Candidate, avoidHash: number, now: number): boolean {
  return candidate.view.hash !== avoidHash && !candidate.outlier.excluded(now);
}
