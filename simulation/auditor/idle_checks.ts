/**
 * No call waits in vain: where nothing is disturbed, one whose time runs out before it has begun has waited for others.
 *
 * @module
 */
import type { Calls, Seen } from "./calls.ts";

/** So long may nobody work on a service while a call for it waits, in ms. */
const IDLE_MS = 1_000;
/** What happened so long before a call may be in its way, in ms. */
const BEFORE_MS = 3_000;

/** When something was worked on. */
type Interval = readonly [fromMs: number, toMs: number];

/** Checks all calls that never began. */
export function idleFaults(calls: Calls): string[] {
  const work = new Map<string, Interval[]>();
  for (const seen of calls.byNumber.values()) {
    const { service } = seen.made;
    const of = work.get(service) ?? [];
    work.set(service, of);
    for (const interval of workOn(calls, seen)) of.push(interval);
  }
  for (const intervals of work.values()) intervals.sort((a, b) => a[0] - b[0]);
  const faults: string[] = [];
  for (const seen of calls.byNumber.values()) {
    const { made, begun, ended } = seen;
    const [last] = ended;
    if (begun.length > 0 || last?.code !== "DEADLINE_EXCEEDED" || last.byCaller) continue;
    if (calls.liars.touched(seen)) continue;
    if (made.manner === "broadcast" || made.timeoutMs < IDLE_MS) continue;
    if (!calls.calm(made.ms - BEFORE_MS, last.ms)) continue;
    const idleMs = longestGap(work.get(made.service)!, made.ms, last.ms);
    if (idleMs <= IDLE_MS) continue;
    faults.push(
      `call ${made.call} (${made.manner}, ${made.service}.${made.handler}) never began, although nobody worked ` +
        `on ${made.service} for ${idleMs.toFixed(0)} ms`,
    );
  }
  return faults;
}

/** When the handlers of a call ran. */
function* workOn(calls: Calls, { begun, handlersEnded }: Seen): Generator<Interval> {
  for (const { process, ms } of begun) {
    const ended = handlersEnded.find((one) => one.process === process && one.ms >= ms);
    yield [ms, ended?.ms ?? calls.deaths.get(process)?.ms ?? Infinity];
  }
}

/** The longest time between two others in which there was no work. */
function longestGap(intervals: readonly Interval[], fromMs: number, toMs: number): number {
  let [longest, untilMs] = [0, fromMs];
  for (const [from, to] of intervals) {
    if (from >= toMs) break;
    longest = Math.max(longest, from - untilMs);
    untilMs = Math.max(untilMs, to);
  }
  return Math.max(longest, toMs - untilMs);
}
