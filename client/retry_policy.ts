/**
 * When and where a call is made again after an attempt that failed, and what is said of it when it is not.
 *
 * - An attempt that provably never began is repeated until the deadline, in pauses that grow: nothing can
 *   have happened twice.
 * - An attempt that may have begun is repeated only where the handler is idempotent (the proxy says so with
 *   the error), out of a budget.
 * - A call that was in flight in a process that died may be what killed it: it is tried once more at most, and
 *   not at all after a second death. That one attempt costs no budget: it is bounded by being one, and a death
 *   takes many calls at a time, of which all but one are innocent.
 *
 * @module
 */
import type { MeshError } from "../errors.ts";
import { ATTEMPTS_MAX, DEATHS_MAX, RETRY_PAUSE_MAX_MS, RETRY_PAUSE_MIN_MS } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { doubledMs } from "../outside/backoff.ts";
import { serverHash } from "../routing/hash.ts";
import type { ReceivedError } from "../wire/error_body.ts";
import type { CallHistory } from "./call_history.ts";

/** What to do after an attempt that failed. */
export type Verdict =
  /** Fail with the error that came. */
  | "fail"
  /** Fail because it was in flight in too many processes that died. */
  | "deadly"
  /** Try again, at no cost. */
  | "again"
  /** Try again, if the budget allows it. */
  | "again from the budget";

/**
 * Judges an attempt that failed, and notes it in the call's history.
 *
 * @param history What happened to the call before.
 * @param received The error that came.
 * @param attempt Number of the attempt, 0 for the first.
 * @param twinUnderWay Whether its hedge (or the call that it hedges) is under way.
 */
export function judge(
  history: CallHistory,
  received: ReceivedError,
  attempt: number,
  twinUnderWay = false,
): Verdict {
  const { error, retryable, died } = received;
  const wasSuspect = history.suspect;
  if (error.started) history.started = true;
  if (died) history.deaths++;
  if (history.deaths >= DEATHS_MAX) {
    reached("DEATHS_MAX");
    return "deadly";
  }
  if (!retryable) return "fail";
  if (!error.started && error.code === "UNAVAILABLE") return "again";
  // Once more at most; and while its hedge is under way, that is the one.
  if (history.suspect && error.started) {
    return wasSuspect || twinUnderWay ? "fail" : "again";
  }
  if (attempt + 1 < ATTEMPTS_MAX) return "again from the budget";
  reached("ATTEMPTS_MAX");
  return "fail";
}

/**
 * Where the next attempt must not go, if another server will do.
 *
 * @param error The error that came.
 * @returns Hash of the server that failed; 0: it is not known.
 */
export function avoidHashOf(error: MeshError): number {
  return error.server === undefined ? 0 : serverHash(error.server);
}

/**
 * The pause before an attempt.
 *
 * @param attempt Number of the attempt, 1 for the first retry.
 * @param random Uniform in [0, 1).
 * @returns In ms; the first retry comes at once.
 */
export function pauseMs(attempt: number, random: () => number): number {
  if (attempt <= 1) return 0;
  const longest = doubledMs(attempt - 1, RETRY_PAUSE_MIN_MS, RETRY_PAUSE_MAX_MS);
  return longest * (0.5 + random());
}
