/**
 * How long to wait before another attempt.
 *
 * @module
 */
import type { Outside } from "./outside.ts";

/** The pauses between attempts. */
export interface BackoffOptions {
  /** The first, in ms. */
  readonly minMs: number;
  /** The longest, in ms. */
  readonly maxMs: number;
  /**
   * How much of a pause is by chance, from 0 to 1, so that many who lost the same thing do not come back for it at
   * once. 1 is full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
   */
  readonly jitter: number;
}

/** Counts failures in a row, and doubles the pause with each of them up to a longest one. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #dice: Pick<Outside, "random">;
  #failures = 0;

  /**
   * @param options See {@linkcode BackoffOptions}.
   * @param dice Where chance is from.
   */
  constructor(options: BackoffOptions, dice: Pick<Outside, "random">) {
    this.#options = options;
    this.#dice = dice;
  }

  /** Failures since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  /** Another attempt has failed. */
  failed(): void {
    this.#failures++;
  }

  /** All is well: the next failure is a first one. */
  reset(): void {
    this.#failures = 0;
  }

  /**
   * The pause before the next attempt, in ms; the shortest when nothing has failed.
   *
   * @param maxMs The longest, if it is another one than usual.
   */
  pauseMs(maxMs = this.#options.maxMs): number {
    const { minMs, jitter } = this.#options;
    return jittered(doubledMs(this.#failures, minMs, maxMs), jitter, this.#dice);
  }
}

/**
 * The pause after some failures in a row, before chance is applied.
 *
 * @param failures How many.
 * @param minMs The pause after the first, in ms.
 * @param maxMs The longest, in ms.
 */
export function doubledMs(failures: number, minMs: number, maxMs: number): number {
  return Math.min(minMs * 2 ** Math.max(failures - 1, 0), maxMs);
}

/**
 * Shortens a time by chance.
 *
 * @param ms The longest it may be, in ms.
 * @param jitter How much of it is by chance, from 0 to 1.
 * @param dice Where chance is from.
 */
export function jittered(ms: number, jitter: number, dice: Pick<Outside, "random">): number {
  return ms * (1 - jitter + jitter * dice.random());
}
