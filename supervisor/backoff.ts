/**
 * How long a place waits before its next process: longer with each short life of its own, whatever its
 * neighbours do.
 *
 * @module
 */
import { RESPAWN_MAX_MS, RESPAWN_MIN_MS, STABLE_LIFE_MS } from "../limits.ts";

/** Short lives in a row that are called a crash loop. */
const CRASH_LOOP_LIVES = 5;

/** See the module's description. */
export class Backoff {
  readonly #random: () => number;
  #shortLives = 0;

  /** @param random From 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Whether one life after another was short. */
  get loops(): boolean {
    return this.#shortLives >= CRASH_LOOP_LIVES;
  }

  /** Lives in a row that were short, or the one that was not. */
  get shortLives(): number {
    return this.#shortLives;
  }

  /**
   * A process has died, or has shown that it has to be replaced.
   *
   * @param livedMs Time since it was ready; 0: it never was.
   */
  lived(livedMs: number): void {
    this.#shortLives = livedMs < STABLE_LIFE_MS ? this.#shortLives + 1 : 1;
  }

  /**
   * The pause before the next process is started, in ms.
   *
   * @param maxMs The longest.
   */
  pauseMs(maxMs = RESPAWN_MAX_MS): number {
    const fullMs = Math.min(RESPAWN_MIN_MS * 2 ** (this.#shortLives - 1), maxMs);
    return fullMs * (0.5 + this.#random() / 2);
  }
}
