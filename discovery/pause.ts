/**
 * Waiting that a signal ends.
 *
 * @module
 */

/**
 * Waits.
 *
 * @param ms How long, in ms.
 * @param signal Ends the wait early.
 * @param early Ends it early, too, when it is settled.
 */
export function pause(ms: number, signal: AbortSignal, early?: Promise<void>): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const settle = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", settle);
    resolve();
  };
  const timer = setTimeout(settle, ms);
  signal.addEventListener("abort", settle);
  void early?.then(settle);
  return promise;
}

/**
 * How long to wait before another attempt: doubled for each failure, half of it by chance, so that many
 * servers that lost the same thing do not come back for it at once.
 *
 * @param failures Failures so far, at least 1.
 * @param minMs The first pause at most, in ms.
 * @param maxMs The longest, in ms.
 */
export function retryMs(failures: number, minMs: number, maxMs: number): number {
  return jittered(Math.min(minMs * 2 ** Math.min(failures - 1, 20), maxMs));
}

/** Between half of a time and all of it. */
export function jittered(ms: number): number {
  return ms / 2 + Math.random() * ms / 2;
}
