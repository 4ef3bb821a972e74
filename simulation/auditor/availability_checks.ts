/**
 * Whether calls succeed where nothing stands in their way: a mesh that refuses everything keeps all other promises.
 *
 * @module
 */
import type { Calls, Seen } from "./calls.ts";

/** What is known of a run's quiet end. */
export interface Peace {
  /** From when on everything that was disturbed has had its time to recover, in ms. */
  readonly fromMs: number;
  /** Whether there is room for all that is sent. */
  readonly roomy: boolean;
  /** The servers that answer. */
  readonly answering: readonly string[];
  /** Calls that are to be made by then, and from then on, if nothing and nobody is disturbed. */
  readonly before: number;
  readonly after: number;
}

/** A deadline that only an overload can miss, in ms. */
const AMPLE_MS = 5_000;

/** What happened so long before a call may be in its way, in ms. */
const BEFORE_MS = 3_000;

/** Checks runs where nothing was disturbed, and the quiet end of the others. */
export function availabilityFaults(calls: Calls, peace: Peace): string[] {
  const undisturbed = calls.disturbances.length === 0 && calls.deaths.size === 0;
  const faults: string[] = [];
  const own = [...calls.byNumber.values()].filter(({ made }) => made.manner !== "onward");
  const after = own.filter(({ made }) => made.ms >= peace.fromMs).length;
  const before = own.length - after;
  // Without callers there are no faults of calls, either.
  if (after < peace.after) faults.push(`of the last ${peace.after} calls ${after} were made`);
  if (undisturbed && before < peace.before) {
    faults.push(`${before} of ${peace.before} calls were made`);
  }
  for (const seen of calls.byNumber.values()) {
    const { made } = seen;
    if (calls.liars.touched(seen)) continue;
    const peaceful = made.ms >= peace.fromMs;
    const who = `call ${made.call} (${made.manner}, ${made.service}.${made.handler})`;
    // Somebody else could have answered it.
    const others = peace.answering.length > 1 && made.owner === undefined;
    // A hedge is tried instead, and may find no room.
    const hedged = made.hedged && !peace.roomy;
    if (others && !hedged && givenUp(calls, seen)) {
      faults.push(`${who} may be repeated, and was not after one death`);
    }
    if (!peaceful && !undisturbed) continue;
    if (peaceful && made.owner !== undefined && !peace.answering.includes(made.owner)) continue;
    for (const fault of failuresOf(seen, peaceful, peace.answering)) faults.push(`${who} ${fault}`);
    if (made.manner === "broadcast" && peaceful) {
      for (const server of peace.answering) {
        if (!seen.ended.some(({ from, code }) => from === server && code === "ok")) {
          faults.push(`${who} got no answer of ${server}, with nothing in its way`);
        }
      }
    }
  }
  return faults;
}

/** Whether a call that may be repeated ended because one process died, with nothing else in its way. */
function givenUp(calls: Calls, { made, begun, ended }: Seen): boolean {
  const [last] = ended;
  if (!made.idempotent || last?.code !== "UNAVAILABLE" || !last.started || last.byCaller) {
    return false;
  }
  if (made.manner === "broadcast" || begun.length !== 1) return false;
  const [fromMs, toMs] = [made.ms - BEFORE_MS, last.ms];
  const disturbed = calls.disturbances.some((one) =>
    one.what !== "death" && one.fromMs <= toMs && one.toMs >= fromMs
  );
  const deaths = [...calls.deaths.values()].filter(({ ms }) => ms >= fromMs && ms <= toMs);
  return !disturbed && deaths.length === 1 && calls.deaths.get(begun[0]!.process) === deaths[0] &&
    !deaths[0]!.asked;
}

function* failuresOf(
  { made, ended }: Seen,
  peaceful: boolean,
  answering: readonly string[],
): Generator<string> {
  const long = made.timeoutMs >= AMPLE_MS && made.manner !== "stream" && made.handler !== "pass" &&
    !made.limited;
  for (const { code, byCaller, message, from } of ended) {
    if (from !== undefined && !answering.includes(from)) continue;
    if (code === "ok" || byCaller || (code === "CANCELLED" && made.manner === "onward")) continue;
    // Too many calls for too few processes end so, and nothing else does.
    if (!peaceful && (code === "RESOURCE_EXHAUSTED" || (code === "DEADLINE_EXCEEDED" && !long))) {
      continue;
    }
    yield `ended in ${code}, with nothing in its way: ${message}`;
  }
}
