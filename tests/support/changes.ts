/**
 * Waiting in tests, without sleeping.
 *
 * @module
 */

/** Waits for a hang, never for a behaviour. */
const WATCHDOG_MS = 20_000;

/** Something that changes; tests wait until it is as they want it. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Has everybody who waits look again. */
  changed(): void {
    for (const check of [...this.#waiting]) check();
  }

  /** Settles when `holds`; fails when that takes too long. */
  until(what: string, holds: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = (settle: () => void): void => {
      clearTimeout(watchdog);
      clearInterval(poll);
      this.#waiting.delete(check);
      settle();
    };
    const check = (): void => {
      if (holds()) end(resolve);
    };
    const watchdog = setTimeout(() => end(() => reject(new Error(`hangs: ${what}`))), WATCHDOG_MS);
    const poll = setInterval(check, 5); // for states that no event announces
    this.#waiting.add(check);
    check();
    return promise;
  }
}
