/**
 * Service `profile`: a user's choices for his page.
 *
 * @module
 */
import type { Context, ServiceOptions } from "mesh";
import { sharedDatabase } from "../model/database.ts";
import { checkUser } from "../model/inputs.ts";
import type { Preferences } from "../model/preferences.ts";
import { type Profile, Profiles } from "../model/profiles.ts";
import { type ServedBy, servedBy } from "../model/served_by.ts";

/** Saving twice is as good as once. */
export const service = { idempotent: true } satisfies ServiceOptions;

/** A user's preferences and their version. */
export function read(input: { user: string }, ctx: Context): Profile & { by: ServedBy } {
  const profile = new Profiles(sharedDatabase()).read(checkUser(input?.user));
  return { ...profile, by: servedBy(ctx) };
}

/** Saves a user's preferences; what is unknown in them is dropped. The reply holds what was saved. */
export function save(
  input: { user: string; preferences: Preferences },
  ctx: Context,
): Profile & { by: ServedBy } {
  const profile = new Profiles(sharedDatabase()).save(checkUser(input?.user), input.preferences);
  return { ...profile, by: servedBy(ctx) };
}
