/**
 * Signals of users: they may have methods of their own, so these are asked with the ones that every signal has.
 *
 * @module
 */
const { addEventListener, removeEventListener } = EventTarget.prototype;
const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted")!.get!;
const reason = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "reason")!.get!;

/** Whether a signal has fired. */
export function isAborted(signal: AbortSignal): boolean {
  return aborted.call(signal);
}

/** What a signal was fired with. */
export function reasonOf(signal: AbortSignal): unknown {
  return reason.call(signal);
}

/** Calls `callback` when a signal fires. */
export function onAbort(signal: AbortSignal, callback: () => void): void {
  addEventListener.call(signal, "abort", callback);
}

/** Takes a callback away again that {@linkcode onAbort} was given. */
export function offAbort(signal: AbortSignal, callback: () => void): void {
  removeEventListener.call(signal, "abort", callback);
}
