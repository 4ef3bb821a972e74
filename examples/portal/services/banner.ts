/**
 * Service `banner`: the notice above the sections.
 *
 * @module
 */
import type { Context, ServiceOptions } from "mesh";
import { type Banner, bannerFor } from "../model/banners.ts";
import { type ServedBy, servedBy } from "../model/served_by.ts";

/** All of it only reads. */
export const service = { idempotent: true } satisfies ServiceOptions;

/** The notice for the user who is the call's key; without one, that for a new browser. */
export function pick(_input: undefined, ctx: Context): Banner & { by: ServedBy } {
  return { ...bannerFor(ctx.key ?? "", Date.now()), by: servedBy(ctx) };
}
