/**
 * Hedged calls: if the first server takes its time, a second one is asked, and the first answer counts.
 *
 * Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013.
 *
 * @module
 */
import type { MeshError } from "../errors.ts";
import type { Outside } from "../outside/outside.ts";
import type { RetryBudget } from "../routing/retry_budget.ts";
import { begun } from "../endpoint/call_errors.ts";
import type { OutgoingCall } from "./outgoing_call.ts";

/** What hedging needs of the process: the sender of calls has it. */
export interface HedgeMeans {
  /** Where extra calls are paid from; without it there are none. */
  readonly hedgeBudget: RetryBudget;
  /** Clock and timers. */
  readonly outside: Outside;
}

/**
 * Hedges a call that is under way.
 *
 * @param call The call.
 * @param afterMs How long the first server has for itself, in ms.
 * @param means Where the extra call is paid from, and the timer.
 * @returns The first value that comes; the first call's error when both fail. The loser is cancelled.
 */
export function hedged<T>(
  call: OutgoingCall<T>,
  afterMs: number,
  means: HedgeMeans,
): Promise<T> {
  const { hedgeBudget, outside } = means;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let second: OutgoingCall<T> | undefined;
  let secondError: MeshError | undefined;
  const timer = outside.after(afterMs, () => {
    // Between two attempts no server has the call: another one would be no hedge, and not refused as one. There is
    // no other server for a key that has one of its own. And what may have killed a process is not sent twice.
    if (call.settled || call.attempt === null || call.owner !== null) return;
    if (call.suspect || !hedgeBudget.tryRetry()) return;
    second = call.hedge();
    second.promise.then((value) => {
      call.abort("its hedge answered first");
      resolve(value);
    }, (error: MeshError) => {
      secondError = error;
      if (call.settled) {
        // Of two deaths the second one is what counts.
        const deadly = call.suspect && error.code === "INTERNAL";
        call.promise.then(resolve, (first) => reject(deadly ? error : firstOf(first, error)));
      }
    });
  });
  call.promise.then((value) => {
    outside.cancel(timer);
    second?.abort("the first call answered first");
    resolve(value);
  }, (error: MeshError) => {
    outside.cancel(timer);
    if (second === undefined) return reject(error);
    if (secondError !== undefined) return reject(firstOf(error, secondError));
    // The second may still answer, unless the caller has given up. At the deadline it ends by itself, and then
    // it is known whether it began.
    if (error.code === "CANCELLED") {
      second.abort(error);
      reject(error);
    } else if (second.settled) second.promise.then(resolve, () => {});
  });
  return promise;
}

/** The first call's error is the one to tell; what it says of the handler holds for both. */
function firstOf(error: MeshError, second: MeshError): MeshError {
  return error.started || !second.started ? error : begun(error);
}
