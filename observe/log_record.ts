/**
 * What a log line says, before it has a form.
 *
 * @module
 */
import type { ShownFields } from "../boundary/inspect.ts";

/** From the most to the least talkative. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;
/** How important a line is. */
export type Level = (typeof LEVELS)[number];

/** How lines are written: for people, or as one JSON object each. */
export type LogFormat = "text" | "json";

/** One line. */
export interface LogRecord {
  /** As in `Date.prototype.toISOString()`. */
  readonly time: string;
  readonly level: Level;
  readonly message: string;
  /** What mesh says: where the line comes from. No other field can take such a name. */
  readonly own: ShownFields;
  /** What was given with the message. */
  readonly fields: ShownFields;
}

/** Where records go. */
export interface LogOutput {
  /** Takes a record. Does not wait, and does not throw. */
  write(record: LogRecord): void;
}

/** The time of a record that is made now. */
export function timeNow(): string {
  return new Date().toISOString();
}
