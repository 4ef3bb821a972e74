/**
 * What a caller holds: a plain promise, which is what `await` is fastest with, that can be iterated.
 *
 * @module
 */
import type { OutgoingCall } from "./outgoing_call.ts";
import type { Call } from "./types.ts";

const CALL = Symbol("mesh.call");

interface CallPromise<T> extends Call<T> {
  [CALL]: OutgoingCall<T>;
}

/** Makes the promise of a call's outcome the one that its caller holds. */
export function callPromise<T>(call: OutgoingCall<T>, outcome: Promise<T>): Call<T> {
  const promise = outcome as CallPromise<T>;
  promise[CALL] = call;
  promise[Symbol.asyncIterator] = iterate;
  return promise;
}

/**
 * The call behind a promise that a {@linkcode Mesh} gave out.
 *
 * @returns `undefined` when it is another promise.
 */
export function callBehind<T>(promise: unknown): OutgoingCall<T> | undefined {
  return (promise as Partial<CallPromise<T>>)[CALL];
}

function iterate<T>(this: CallPromise<T>): AsyncIterator<T, undefined> {
  return this[CALL].iterate();
}
