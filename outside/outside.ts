/**
 * What logic takes from outside: time, timers, and chance. Whoever is given another one than the real one runs on
 * a clock and with dice of his own, which is how a whole mesh is simulated.
 *
 * @module
 */

import { TIMER_MAX_MS } from "../limits.ts";

/** A timer that was set; what it is, is the business of who made it. */
export type Timer = number | object;

/** The clock, the timers and the dice that somebody is given. */
export interface Outside {
  /** The time, in ms: monotonic, and of this process alone. The real one is that of `performance.now()`. */
  now(): number;
  /** What the machine's monotonic clock, on which deadlines travel, shows more than {@linkcode now}, in ms. */
  readonly machineOffsetMs: number;
  /** The time of day at which {@linkcode now} was 0, in ms since 1970. */
  readonly timeOriginMs: number;
  /**
   * Calls once, later.
   *
   * @param ms In how long, in ms: whole ones count, from 1 to {@linkcode TIMER_MAX_MS}; what is shorter or longer
   *   counts as one of these. So it may come a fraction of a ms early.
   * @param callback What to call.
   * @returns What {@linkcode cancel} takes.
   */
  after(ms: number, callback: () => void): Timer;
  /** Calls again and again, until it is cancelled. */
  every(ms: number, callback: () => void): Timer;
  /** The timer does not fire any more; nothing happens for one that has fired. */
  cancel(timer: Timer | undefined): void;
  /** Uniform in [0, 1). */
  random(): number;
  /** Bytes that nobody can guess. */
  randomBytes(count: number): Uint8Array;
}

/** The time of a timer in its bounds. */
export function timerMs(ms: number): number {
  return ms >= 1 ? Math.min(ms, TIMER_MAX_MS) : 1;
}

/** 32 bits of chance. */
export function randomWord(outside: Outside): number {
  const [a = 0, b = 0, c = 0, d = 0] = outside.randomBytes(4);
  return (a | b << 8 | c << 16 | d << 24) >>> 0;
}
