/**
 * Which process answered: every service of the portal says so, and the page shows it below each section.
 *
 * @module
 */
import type { Context } from "mesh";

/** A server and one of its slots. */
export interface ServedBy {
  /** The server's name. */
  server: string;
  /** Index of the slot. */
  slot: number;
}

/** The server and slot that a handler runs on. */
export function servedBy(ctx: Context): ServedBy {
  return { server: ctx.server, slot: ctx.slot };
}
