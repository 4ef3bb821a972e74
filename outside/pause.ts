/**
 * Waiting that a signal ends.
 *
 * @module
 */
import type { Outside } from "./outside.ts";

/**
 * Waits. Unlike other waiting it does not fail when it is ended early: who waits looks at the signal anyway.
 *
 * @param outside Whose timer to take.
 * @param ms How long, in ms.
 * @param signal Ends the wait early.
 * @param early Ends it early, too, when it is settled.
 */
export function pause(
  outside: Pick<Outside, "after" | "cancel">,
  ms: number,
  signal: AbortSignal,
  early?: Promise<void>,
): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const settle = (): void => {
    outside.cancel(timer);
    signal.removeEventListener("abort", settle);
    resolve();
  };
  const timer = outside.after(ms, settle);
  signal.addEventListener("abort", settle);
  void early?.then(settle);
  return promise;
}
