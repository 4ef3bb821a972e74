/**
 * What a caller may expect: one outcome, in time, of his own call.
 *
 * @module
 */
import type { Calls, Seen } from "./calls.ts";

/** A caller whose timer fires first waits so long for its proxy's word, in ms. */
const GRACE_MS = 50;
/** Timers have a grain, twice, and each process its own pace, in ms. */
const SLACK_MS = 16;
/** A handler whose caller has cancelled learns it within this time where nothing is disturbed, in ms. */
const CANCEL_MS = 150;
/** So early may somebody find that a deadline has passed: clocks of servers differ by their distance, in ms. */
const EARLY_MS = 30;
/** A call that so many processes died with ends in INTERNAL, for it may be what kills them. */
const DEATHS_MAX = 2;

/** Checks the outcomes of all calls. */
export function outcomeFaults(calls: Calls): string[] {
  const faults = calls.twice.map((call) => `call ${call} was made twice: the auditor is misled`);
  for (const seen of calls.byNumber.values()) {
    const { made } = seen;
    const died = calls.deaths.get(made.process);
    const broadcast = made.manner === "broadcast";
    if (seen.ended.length === 0) {
      if (died === undefined) faults.push(`${name(seen)} never ended`);
      continue;
    }
    if (seen.ended.length > 1 && !broadcast) {
      faults.push(`${name(seen)} ended ${seen.ended.length} times`);
    }
    for (const fault of inTime(calls, seen)) faults.push(`${name(seen)} ${fault}`);
    if (calls.liars.touched(seen)) continue;
    for (const fault of oneOutcome(calls, seen)) faults.push(`${name(seen)} ${fault}`);
    if (broadcast) {
      const from = seen.ended.flatMap((ended) => ended.from ?? []);
      if (new Set(from).size < from.length) faults.push(`${name(seen)}: a server answered twice`);
    }
  }
  return faults;
}

function* inTime(calls: Calls, { made, ended: all }: Seen): Generator<string> {
  for (const ended of all) {
    const tookMs = ended.localMs - made.localMs;
    const stalledMs = calls.stalledMs(made.process, made.ms, ended.ms);
    const stream = made.manner === "stream" && ended.code === "ok";
    const allowedMs = made.timeoutMs + GRACE_MS + SLACK_MS + 1.5 * stalledMs +
      made.items * (made.readMs + 1) + made.pauseMs;
    const jumped = calls.disturbed("clock", made.ms - 10_000, ended.ms);
    if (!stream && !jumped && tookMs > allowedMs) {
      yield `ended after ${
        tookMs.toFixed(1)
      } ms, ${made.timeoutMs} ms were allowed (${ended.code})`;
    }
  }
}

function* oneOutcome(calls: Calls, seen: Seen): Generator<string> {
  const { made } = seen;
  for (const ended of seen.ended) {
    const tookMs = ended.localMs - made.localMs;
    const jumped = calls.disturbed("clock", made.ms - 10_000, ended.ms);
    if (
      ended.code === "DEADLINE_EXCEEDED" && tookMs < made.timeoutMs - EARLY_MS &&
      !jumped && made.idleMs === undefined
    ) {
      yield `ended in DEADLINE_EXCEEDED after ${
        tookMs.toFixed(1)
      } of ${made.timeoutMs} ms: ${ended.message}`;
    }
    if (ended.code === "ok") {
      if (ended.answers !== undefined && ended.answers !== made.call) {
        yield `got the reply of call ${ended.answers}`;
      }
      if (ended.whole === false) yield "got a reply that is not what its handler gave";
      if (made.manner === "stream" && ended.items !== made.items && !ended.byCaller) {
        yield `is a stream that ended well after ${ended.items} of ${made.items} items`;
      }
      if (seen.begun.length === 0) yield "got a reply, but no handler ever began";
    }
    if (ended.code === "CANCELLED" && !ended.byCaller && made.manner !== "onward") {
      yield `ended in CANCELLED, but nobody cancelled it: ${ended.message}`;
    }
    const suspect = ended.code === "INTERNAL" && calls.deathsWith(seen) >= DEATHS_MAX;
    if (IMPOSSIBLE.has(ended.code) && !suspect) yield `ended in ${ended.code}: ${ended.message}`;
    if (
      // Of two hedged calls the one that did not answer first is not waited for, either.
      (ended.code === "ok" ? made.hedged : ended.byCaller || ended.code === "DEADLINE_EXCEEDED") &&
      calls.calm(made.ms - 1_000, ended.ms + CANCEL_MS)
    ) yield* untold(calls, seen, ended.ms);
  }
}

/** Codes that nothing in a simulation gives reason for. */
const IMPOSSIBLE = new Set([
  "INTERNAL",
  "DATA_LOSS",
  "NOT_FOUND",
  "UNIMPLEMENTED",
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
]);

function* untold(calls: Calls, seen: Seen, cancelledMs: number): Generator<string> {
  for (const begun of seen.begun) {
    const ended = seen.handlersEnded.find(({ process }) => process === begun.process);
    const atMs = ended?.ms ?? Infinity;
    const busyMs = calls.stalledMs(begun.process, cancelledMs, cancelledMs + 10_000);
    if (atMs > cancelledMs + CANCEL_MS + busyMs && !calls.deaths.has(begun.process)) {
      yield `ended at ${cancelledMs.toFixed(1)}, but its handler in ${begun.process} went on` +
        (ended === undefined ? " for ever" : ` for ${(atMs - cancelledMs).toFixed(0)} ms`);
    }
  }
}

function name({ made }: Seen): string {
  return `call ${made.call} (${made.manner}, ${made.service}.${made.handler} by ${made.process})`;
}
