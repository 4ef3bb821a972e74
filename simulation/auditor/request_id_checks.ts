/**
 * A request id is of one call, in all of its attempts, and of the onward calls that its handlers make.
 *
 * @module
 */
import type { Calls } from "./calls.ts";

/** Checks the ids that handlers saw. */
export function requestIdFaults(calls: Calls): string[] {
  const faults: string[] = [];
  const callOf = new Map<string, number>();
  for (const seen of calls.byNumber.values()) {
    const { made, begun } = seen;
    if (made.manner === "onward") continue;
    const ids = new Set(begun.map(({ requestId }) => requestId));
    if (calls.liars.touched(seen)) {
      for (const id of ids) callOf.set(id, made.call);
      continue;
    }
    // A hedge, and each call of a broadcast, is a request of its own.
    if (ids.size > 1 && !made.hedged && made.manner !== "broadcast") {
      faults.push(`call ${made.call} began with ${ids.size} request ids`);
    }
    for (const id of ids) {
      const other = callOf.get(id);
      if (other !== undefined) faults.push(`calls ${other} and ${made.call} have one request id`);
      callOf.set(id, made.call);
    }
  }
  for (const seen of calls.byNumber.values()) {
    const { made, begun } = seen;
    if (made.manner !== "onward" || calls.liars.touched(seen)) continue;
    if (begun.some(({ requestId }) => !callOf.has(requestId))) {
      faults.push(`onward call ${made.call} has a request id of its own`);
    }
  }
  return faults;
}
