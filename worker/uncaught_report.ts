/**
 * A worker's UNCAUGHT message: errors that its user code did not catch.
 *
 * @module
 */
import { UNCAUGHT_REPORTED_MAX, UNCAUGHT_TEXT_MAX_CHARS } from "../limits.ts";

/** What a worker says of errors that its user code did not catch. */
export interface UncaughtReport {
  /** Errors since the last report. */
  readonly count: number;
  /** The text of the last one, on one line. */
  readonly text: string;
}

/**
 * Reads a report.
 *
 * @param said What a worker said: anything.
 * @throws {Error} When it is no report.
 */
export function readUncaughtReport(said: unknown): UncaughtReport {
  const { count, text } = (said ?? {}) as { count?: unknown; text?: unknown };
  if (
    typeof count !== "number" || !Number.isInteger(count) || count < 1 ||
    count > UNCAUGHT_REPORTED_MAX ||
    typeof text !== "string"
  ) throw new Error("its report of uncaught errors is malformed");
  return { count, text: oneLine(text) };
}

/** A report, within its bounds. */
export function uncaughtReport(count: number, text: string): UncaughtReport {
  return { count: Math.min(count, UNCAUGHT_REPORTED_MAX), text: oneLine(text) };
}

function oneLine(text: string): string {
  const short = text.slice(0, UNCAUGHT_TEXT_MAX_CHARS);
  return short.replace(/\s+/g, " ").trim();
}
