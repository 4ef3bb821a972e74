/**
 * Service `sports`: the league's scores and table.
 *
 * @module
 */
import type { Context, ServiceOptions } from "mesh";
import { type League, leagueAt } from "../model/league.ts";
import { type ServedBy, servedBy } from "../model/served_by.ts";

/** All of it only reads. */
export const service = { idempotent: true } satisfies ServiceOptions;

/** This round's matches, the next round's, and the table. */
export function league(_input: undefined, ctx: Context): League & { by: ServedBy } {
  return { ...leagueAt(Date.now()), by: servedBy(ctx) };
}
