/**
 * How long a place waits before its next process: longer with each short life of its own, whatever its
 * neighbours do.
 *
 * @module
 */
import { RESPAWN_MAX_MS, RESPAWN_MIN_MS, STABLE_LIFE_MS } from "../limits.ts";
import { Backoff } from "../outside/backoff.ts";
import type { Outside } from "../outside/outside.ts";

/** Short lives in a row that are called a crash loop. */
const CRASH_LOOP_LIVES = 5;

/** The short lives of one place's processes, in a row, and the pause that they ask for. */
export class ShortLives {
  readonly #backoff: Backoff;

  /** @param dice Where chance is from. */
  constructor(dice: Pick<Outside, "random">) {
    const pauses = { minMs: RESPAWN_MIN_MS, maxMs: RESPAWN_MAX_MS, jitter: 0.5 };
    this.#backoff = new Backoff(pauses, dice);
  }

  /** Whether one life after another was short. */
  get loop(): boolean {
    return this.inARow >= CRASH_LOOP_LIVES;
  }

  /** Lives in a row that were short, or the one that was not. */
  get inARow(): number {
    return this.#backoff.failures;
  }

  /**
   * A process has died, or has shown that it has to be replaced.
   *
   * @param livedMs Time since it was ready; 0: it never was.
   */
  lived(livedMs: number): void {
    if (livedMs >= STABLE_LIFE_MS) this.#backoff.reset();
    this.#backoff.failed();
  }

  /**
   * The pause before the next process is started, in ms.
   *
   * @param maxMs The longest.
   */
  pauseMs(maxMs?: number): number {
    return this.#backoff.pauseMs(maxMs);
  }
}
