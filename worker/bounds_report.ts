/**
 * A worker's BOUNDS message: which bounds it met, and how often. They are in the status of its server then.
 *
 * @module
 */
import { BOUNDS_REPORTED_MAX } from "../limits.ts";
import {
  boundsReached,
  COUNTED_BOUNDS,
  type CountedBound,
  isCountedBound,
  onReached,
} from "../limits/reached.ts";

/** Name of a bound → how often it was met since the last report. */
export type BoundsReport = { readonly [bound in CountedBound]?: number };

/** How often bounds are reported at most, in ms. */
const REPORT_MS = 100;

// User code may replace what is global.
const { setTimeout } = globalThis;

/**
 * Reports the bounds that this process meets from now on, and those that it has met.
 *
 * @param tell Gets what was met since the last report, soon after the first of it.
 */
export function reportBounds(tell: (report: BoundsReport) => void): void {
  let known: Readonly<Record<CountedBound, number>> | undefined;
  let waiting = false;
  const report = () => {
    waiting = false;
    const now = boundsReached();
    const news: { [bound in CountedBound]?: number } = {};
    for (const bound of COUNTED_BOUNDS) {
      const times = now[bound] - (known?.[bound] ?? 0);
      if (times > 0) news[bound] = Math.min(times, BOUNDS_REPORTED_MAX);
    }
    known = now;
    if (Object.keys(news).length > 0) tell(news);
  };
  const later = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(report, REPORT_MS);
  };
  onReached(later);
  later();
}

/**
 * Reads a report.
 *
 * @param said What a worker said: anything.
 * @throws {Error} When it is no report.
 */
export function readBoundsReport(said: unknown): readonly (readonly [CountedBound, number])[] {
  if (typeof said !== "object" || said === null) throw malformed();
  return Object.entries(said).map(([name, times]) => {
    if (!isCountedBound(name) || !Number.isInteger(times)) throw malformed();
    if (times < 1 || times > BOUNDS_REPORTED_MAX) throw malformed();
    return [name, times];
  });
}

function malformed(): Error {
  return new Error("its report of bounds is malformed");
}
