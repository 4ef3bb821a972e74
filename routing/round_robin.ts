/**
 * Smooth round-robin by virtual time (stride scheduling with equal strides, Waldspurger & Weihl 1995):
 * the candidate with the earliest turn is next, and its following turn is one later. Over any run of
 * picks the counts differ by at most one, also when candidates come, go, or are passed over.
 *
 * @module
 */
import type { Candidate } from "./candidate.ts";
import type { ServiceTable } from "./service_table.ts";

/**
 * The candidate whose turn it is, among the active ones that take calls.
 *
 * @param avoidHash Server to pass over; 0: none.
 * @returns `undefined` when there is none.
 */
export function nextTurn(
  table: ServiceTable,
  avoidHash: number,
  now: number,
): Candidate | undefined {
  let next: Candidate | undefined;
  for (const candidate of table.active) {
    if (next !== undefined && candidate.turn >= next.turn) continue;
    if (candidate.view.hash === avoidHash) continue;
    if (table.ejected > 0 && candidate.outlier.excluded(now)) continue;
    next = candidate;
  }
  return next;
}

/** Moves `candidate`, which was picked, to its following turn. */
export function takeTurn(table: ServiceTable, candidate: Candidate): void {
  table.virtualTime = Math.max(table.virtualTime, candidate.turn);
  candidate.turn++;
}
