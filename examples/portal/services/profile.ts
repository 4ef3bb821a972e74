/**
 * Service `profile`: a user's choices for his page.
 *
 * @module
 */
import type { Context, ServiceOptions } from "mesh";
import { sharedDatabase } from "../model/database.ts";
import { checkUser, checkVersion } from "../model/inputs.ts";
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

/** What came of saving: the profile as it is now, or that another was saved since the user looked. */
export type Saved = (Profile & { by: ServedBy }) | { changed: true; by: ServedBy };

/**
 * Saves a user's preferences; what is unknown in them is dropped. With `basedOn`, the version that the user saw when
 * he chose, nothing is saved over a newer version.
 */
export function save(
  input: { user: string; preferences: Preferences; basedOn?: number | undefined },
  ctx: Context,
): Saved {
  const user = checkUser(input?.user);
  const basedOn = checkVersion(input.basedOn);
  const profile = new Profiles(sharedDatabase()).save(user, input.preferences, basedOn);
  return profile === undefined
    ? { changed: true, by: servedBy(ctx) }
    : { ...profile, by: servedBy(ctx) };
}
