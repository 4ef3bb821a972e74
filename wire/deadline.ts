/**
 * Deadlines on the wire: points in time on the sending machine's monotonic clock, in sixteenths of a
 * millisecond modulo 2^32. So a deadline stays where it is wherever the call waits, and nobody has to take
 * anything off.
 *
 * The numbers start again every three days; what counts is the distance to now, and no deadline is further
 * away than a day.
 *
 * @module
 */
import { TIMEOUT_MAX_MS } from "../limits.ts";

/** Steps of a deadline per millisecond. */
const TICKS_PER_MS = 16;

/**
 * A point in time as it travels. It is never later than the real one.
 *
 * @param ms On a monotonic clock, in ms.
 * @returns u32.
 */
export function deadlineTicks(ms: number): number {
  return Math.floor(ms * TICKS_PER_MS) >>> 0;
}

/**
 * The point in time that travelled.
 *
 * @param ticks What came, u32; it may be anything.
 * @param nowMs The time on the same clock, in ms.
 * @returns In ms on that clock; at most a day away.
 */
export function deadlineMs(ticks: number, nowMs: number): number {
  const now = Math.floor(nowMs * TICKS_PER_MS);
  const distance = (ticks - now) | 0;
  return Math.min((now + distance) / TICKS_PER_MS, nowMs + TIMEOUT_MAX_MS);
}

/**
 * The same point in time on another clock.
 *
 * @param ticks u32.
 * @param offsetMs What the other clock shows more than this one, in ms.
 */
export function shiftDeadline(ticks: number, offsetMs: number): number {
  return (ticks + Math.floor(offsetMs * TICKS_PER_MS)) >>> 0;
}

if (TIMEOUT_MAX_MS * TICKS_PER_MS >= 2 ** 31) {
  throw new Error("deadline.ts: the longest time-out does not fit half the numbers");
}
