/**
 * What `deno task simulate` ends with.
 *
 * @module
 */
import type { PlayResult } from "./play_thread.ts";

/** Nothing is wrong. */
export const GOOD = 0;
/** Something is wrong with mesh. */
export const FAULTY = 1;
/** What was asked for cannot be. */
export const MISTAKEN = 2;
/** The simulation itself fell. */
export const FELL = 3;
/** Somebody pressed Ctrl-C. */
export const INTERRUPTED = 130;

/** The exit code of some runs. */
export function exitCodeOf(results: readonly PlayResult[]): number {
  if (results.some(({ own }) => own.length > 0)) return FELL;
  return results.some(({ faults }) => faults.length > 0) ? FAULTY : GOOD;
}
