/**
 * Routed mode: the key's server by rendezvous order, with a bound on its share of the load. A server
 * whose calls in flight reach the bound passes further ones on to the next in the key's order, so a hot
 * key spills to the same servers every time. (Mirrokni, Thorup & Zadimoghaddam, "Consistent hashing
 * with bounded loads", 2016.)
 *
 * @module
 */
import { LOAD_BOUND_MIN_CALLS } from "../limits.ts";
import type { Candidate } from "./candidate.ts";
import { rendezvousScore, type TextHash } from "./rendezvous.ts";
import type { ServiceTable } from "./service_table.ts";

/** What {@linkcode chooseForKey} found; one object is reused. */
export interface KeyChoice {
  /** First in the key's order among those that take the call; `undefined`: none does. */
  chosen: Candidate | undefined;
  /** First in the order among all that are known, available or not. */
  owner: Candidate | undefined;
  /** Whether an available server was passed over for its load. */
  spilled: boolean;
}

const choice: KeyChoice = { chosen: undefined, owner: undefined, spilled: false };

/** Most calls in flight at one server, one more being about to start. */
export function loadLimit(table: ServiceTable, avoidHash: number, now: number): number {
  let total = 1, count = 0;
  for (const candidate of table.active) {
    if (!takes(table, candidate, avoidHash, now)) continue;
    total += candidate.inFlight;
    count++;
  }
  return Math.max(LOAD_BOUND_MIN_CALLS, Math.ceil(table.group.loadBound * total / count));
}

/**
 * Chooses for a key.
 *
 * @param key The key's hash.
 * @param avoidHash Server to pass over; 0: none.
 * @returns Valid until the next call.
 */
export function chooseForKey(
  table: ServiceTable,
  key: TextHash,
  avoidHash: number,
  now: number,
): KeyChoice {
  const limit = loadLimit(table, avoidHash, now);
  let ownerScore = -1, firstScore = -1, chosenScore = -1;
  choice.owner = choice.chosen = undefined;
  for (const candidate of table.known) {
    const score = rendezvousScore(key, candidate.textHash);
    if (score > ownerScore) {
      ownerScore = score;
      choice.owner = candidate;
    }
    if (!candidate.active || !takes(table, candidate, avoidHash, now)) continue;
    if (score > firstScore) firstScore = score;
    if (score > chosenScore && candidate.inFlight < limit) {
      chosenScore = score;
      choice.chosen = candidate;
    }
  }
  choice.spilled = chosenScore < firstScore;
  return choice;
}

function takes(
  table: ServiceTable,
  candidate: Candidate,
  avoidHash: number,
  now: number,
): boolean {
  return candidate.view.hash !== avoidHash &&
    (table.ejected === 0 || !candidate.outlier.excluded(now));
}
