/**
 * What a switchboard counts.
 *
 * @module
 */
import type { Code } from "../../errors.ts";

/** Totals since the server's start. */
export interface SwitchboardCounters {
  /** Requests that came from a slot or a link. */
  requests: number;
  /** Calls that ended in a reply. */
  ok: number;
  /** Calls that ended in an error, by its code. */
  failed: { [code in Code]?: number };
  /** Requests refused before they were in the table of calls. */
  refused: number;
  /** Cancellations that came in. */
  cancelled: number;
  /** Frames for calls that had ended. */
  lateFrames: number;
}

/** All zero. */
export function newCounters(): SwitchboardCounters {
  return { requests: 0, ok: 0, failed: {}, refused: 0, cancelled: 0, lateFrames: 0 };
}
