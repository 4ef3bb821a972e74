/**
 * What an answering server tells about a service, in the last field of the header of its answers (REPLY,
 * END, ERROR) on a link:
 *
 * ```text
 * bit  31                     16 15                      0
 *      ┌────────────────────────┬────────────────────────┐
 *      │ latency, units of ⅛ ms │  calls that wait + 1   │     0: nothing is told
 *      └────────────────────────┴────────────────────────┘
 * ```
 *
 * @module
 */
import { LOAD_FIELD_MAX } from "../limits.ts";

/** What a server tells about itself on an answer. */
export interface LoadReport {
  /** Calls of the service that wait in that server's queue; -1: nothing is told. */
  queueDepth: number;
  /** Mean time until its first reply that a call took there lately, whoever called, in ms; 0: not known. */
  latencyMs: number;
}

/** Unit of the latency, in ms. */
const UNIT_MS = 0.125;

/**
 * Packs a report; what is too large becomes the largest.
 *
 * @param load The report.
 * @returns A u32.
 */
export function packLoad({ queueDepth, latencyMs }: LoadReport): number {
  if (queueDepth < 0) return 0;
  const units = Math.min(LOAD_FIELD_MAX, Math.floor(latencyMs / UNIT_MS));
  return ((units << 16) | Math.min(LOAD_FIELD_MAX, queueDepth + 1)) >>> 0;
}

/**
 * Reads a report.
 *
 * @param word The field.
 * @param into Where it goes.
 */
export function unpackLoad(word: number, into: LoadReport): void {
  into.queueDepth = (word & LOAD_FIELD_MAX) - 1;
  into.latencyMs = into.queueDepth < 0 ? 0 : (word >>> 16) * UNIT_MS;
}
