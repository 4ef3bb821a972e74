/**
 * When handlers begin, and how often.
 *
 * @module
 */
import type { Calls, Seen } from "./calls.ts";
import type { Ended } from "./observation.ts";

/** Processes that a call may be in flight in when they die. */
const DEATHS_MAX = 2;
/** Retries that are free at the beginning, and their share of all calls afterwards. */
const BUDGET = { free: 10, share: 0.1 } as const;

/** Checks all beginnings. */
export function beginningFaults(calls: Calls, distanceMs: number): string[] {
  const faults = calls.strangers.map(({ call, process }) =>
    `a handler in ${process} began for call ${call}, which nobody had made`
  );
  const repeated = new Map<string, number>();
  const madeBy = new Map<string, number>();
  for (const seen of calls.byNumber.values()) {
    const { made, begun } = seen;
    madeBy.set(made.process, (madeBy.get(made.process) ?? 0) + 1);
    if (calls.liars.touched(seen)) continue;
    for (const fault of beginningsOf(calls, seen, distanceMs)) {
      faults.push(`call ${made.call} (${made.manner}, ${made.service}.${made.handler}) ${fault}`);
    }
    const diedWithIt = begun.some(({ process }) => calls.deaths.has(process));
    if (made.manner !== "broadcast" && !diedWithIt && !made.hedged && begun.length > 1) {
      repeated.set(made.process, (repeated.get(made.process) ?? 0) + begun.length - 1);
    }
  }
  for (const [process, count] of repeated) {
    const allowed = BUDGET.free + BUDGET.share * (madeBy.get(process) ?? 0);
    if (count > allowed) {
      faults.push(`${process} repeated ${count} calls, its budget is ${allowed}`);
    }
  }
  return faults;
}

function* beginningsOf(calls: Calls, seen: Seen, distanceMs: number): Generator<string> {
  const { made, begun, ended } = seen;
  for (const one of begun) {
    if (!one.whole) yield `began in ${one.process} with an input that is not what was sent`;
    const dueMs = made.ms + made.timeoutMs;
    const slackMs = one.server === made.server ? 0.1 : distanceMs;
    if (one.ms > dueMs + slackMs && !calls.disturbed("clock", made.ms - 10_000, one.ms)) {
      yield `began in ${one.process} ${(one.ms - dueMs).toFixed(2)} ms after its deadline`;
    }
    if (made.owner !== undefined && one.server !== made.owner) {
      yield `began in ${one.server}, but ${made.owner} alone may answer it`;
    }
  }
  const places = made.manner === "broadcast"
    ? new Map(begun.map(({ server }) => [server, begun.filter((b) => b.server === server).length]))
    : new Map([["all servers", begun.length]]);
  for (const [place, count] of places) {
    if (count > 1 && !made.idempotent) {
      yield `is not idempotent and began ${count} times in ${place}`;
    }
  }
  yield* deathsOf(calls, seen);
  if (made.manner === "page part") return;
  if (made.manner === "broadcast") {
    // A server is asked once, and speaks of itself alone; who was not named says nothing of anybody.
    for (const one of ended) {
      if (one.from === undefined) continue;
      yield* startedOf(calls, { ...seen, begun: begun.filter((b) => b.server === one.from) }, one);
    }
  } else if (ended.length === 1) yield* startedOf(calls, seen, ended[0]!);
}

/** So long a server's death is felt, in ms. */
const SERVER_BACK_MS = 10_000;
/** Whether it is true what an outcome says of the beginning. */
function* startedOf(
  calls: Calls,
  { made, begun }: Seen,
  { started, code, message, ms, byCaller }: Ended,
): Generator<string> {
  if (code === "ok" || code === "CANCELLED") return;
  if (!started && begun.length > 0) {
    yield `ended in ${code} with started === false, but began in ${begun[0]!.process} at ` +
      `${begun[0]!.ms.toFixed(1)}: ${message}`;
  }
  // Of a worker that has died its proxy knows what it had not begun.
  if (started && begun.length === 0 && code === "UNAVAILABLE" && !byCaller) {
    if (onlyWorkersDied(calls, made.ms - 1_000, ms)) {
      yield `ended in ${code} with started === true, but its process had not begun it: ${message}`;
    }
  }
  // Who gives up himself does not wait to be told.
  if (started && !byCaller && begun.length === 0 && calls.calm(made.ms - 1_000, ms + 1_000)) {
    const stalled = [...calls.stalls.values()].some((stalls) =>
      stalls.some(([from, to]) => from <= ms && to >= made.ms)
    );
    if (!stalled) yield `ended in ${code} with started === true, but never began: ${message}`;
  }
}

/** Whether nothing happened between two times but deaths of workers. */
function onlyWorkersDied(calls: Calls, fromMs: number, toMs: number): boolean {
  const other = calls.disturbances.some((one) =>
    one.what !== "death" && one.fromMs <= toMs && one.toMs >= fromMs
  );
  const proxies = [...calls.deaths].some(([process, { ms }]) =>
    process.includes("/proxy-") && ms >= fromMs - SERVER_BACK_MS && ms <= toMs
  );
  return !other && !proxies;
}

function* deathsOf(calls: Calls, { made, begun }: Seen): Generator<string> {
  if (made.manner === "broadcast") return;
  const deaths = begun.flatMap((one) => {
    const diedMs = calls.diedWith(one);
    return diedMs !== undefined && calls.learned(made.server, one, diedMs) ? [diedMs] : [];
  }).sort((a, b) => a - b);
  const second = deaths[DEATHS_MAX - 1];
  if (second !== undefined && begun.some(({ ms }) => ms > second)) {
    yield `was in flight in ${DEATHS_MAX} processes that died, and began once more`;
  }
  const first = deaths[0];
  if (first !== undefined && !made.hedged && begun.filter(({ ms }) => ms > first).length > 1) {
    yield "was in flight in a process that died, and began more than once afterwards";
  }
}
