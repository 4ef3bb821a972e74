/**
 * Hedged calls: if the first server takes its time, a second one is asked, and the first answer counts.
 *
 * Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013.
 *
 * @module
 */
import type { MeshError } from "../errors.ts";
import type { RetryBudget } from "../routing/retry_budget.ts";
import type { OutgoingCall } from "./outgoing_call.ts";

/**
 * Hedges a call that is under way.
 *
 * @param call The call.
 * @param afterMs How long the first server has for itself, in ms.
 * @param budget Where the extra call is paid from; without it there is none.
 * @returns The first value that comes; the first call's error when both fail. The loser is cancelled.
 */
export function hedged<T>(
  call: OutgoingCall<T>,
  afterMs: number,
  budget: RetryBudget,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let second: OutgoingCall<T> | undefined;
  let secondFailed = false;
  const timer = setTimeout(() => {
    // Between two attempts no server has the call: another one would be no hedge, and not refused as one. Nor
    // is there another server for a key that has one of its own.
    if (call.settled || call.out === null || call.owner !== null || !budget.tryRetry()) return;
    second = call.hedge();
    second.promise.then((value) => {
      call.abort("its hedge answered first");
      resolve(value);
    }, () => {
      secondFailed = true;
      if (call.settled) call.promise.then(resolve, reject);
    });
  }, afterMs);
  call.promise.then((value) => {
    clearTimeout(timer);
    second?.abort("the first call answered first");
    resolve(value);
  }, (reason) => {
    const error = reason as MeshError;
    clearTimeout(timer);
    // The second may still answer, unless the caller has given up; if it fails as well, the first error is
    // the one to tell.
    if (error.code === "CANCELLED" || error.code === "DEADLINE_EXCEEDED") {
      second?.abort(error);
      reject(error);
    } else if (second === undefined || secondFailed) reject(error);
    else if (second.settled) second.promise.then(resolve, () => reject(error));
  });
  return promise;
}
