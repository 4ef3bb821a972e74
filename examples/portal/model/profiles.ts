/**
 * The users' preferences, in SQLite, with a version that grows at each change.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { DEFAULT_PREFERENCES, type Preferences, toPreferences } from "./preferences.ts";

/** A user's preferences. */
export interface Profile {
  preferences: Preferences;
  /** 0: never saved; grows with each save. */
  version: number;
}

/** Reads and writes profiles through one connection. */
export class Profiles {
  readonly #database: DatabaseSync;

  /** @param database An open database with the portal's tables; stays the caller's to close. */
  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** A user's profile; the default one for a user who has not saved any. */
  read(user: string): Profile {
    const row = this.#database
      .prepare("SELECT version, preferences FROM profiles WHERE user = ?")
      .get(user) as { version: number; preferences: string } | undefined;
    if (row === undefined) return { preferences: toPreferences(DEFAULT_PREFERENCES), version: 0 };
    return { preferences: toPreferences(JSON.parse(row.preferences)), version: row.version };
  }

  /**
   * Saves a user's preferences.
   *
   * @param user Whose they are.
   * @param wanted The preferences; what is unknown in them is dropped.
   * @param basedOn The version that the user saw when he chose; without it, any will do.
   * @returns They and their new version; `undefined` when others have been saved since the user looked.
   */
  save(user: string, wanted: unknown): Profile;
  save(user: string, wanted: unknown, basedOn: number | undefined): Profile | undefined;
  save(user: string, wanted: unknown, basedOn?: number): Profile | undefined {
    const preferences = toPreferences(wanted);
    const text = JSON.stringify(preferences);
    // The clock makes the versions of a database that was deleted and made anew greater than the old ones.
    const saved = this.#database.prepare(
      `INSERT INTO profiles (user, version, preferences) VALUES (:user, :now, :text)
       ON CONFLICT DO UPDATE SET preferences = excluded.preferences,
         version = max(version + 1, excluded.version)
         WHERE :basedOn IS NULL OR version = :basedOn
       RETURNING version`,
    ).get({ user, now: Date.now(), text, basedOn: basedOn ?? null }) as
      | { version: number }
      | undefined;
    if (saved !== undefined) return { preferences, version: saved.version };
    // A save that is asked for again, because its reply was lost, has been done.
    const now = this.read(user);
    return JSON.stringify(now.preferences) === text ? now : undefined;
  }
}
