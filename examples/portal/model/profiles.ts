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

  /** Saves a user's preferences and returns them under their new version. */
  save(user: string, wanted: unknown): Profile {
    const preferences = toPreferences(wanted);
    // The clock makes the versions of a database that was deleted and made anew greater than the old ones.
    const { version } = this.#database.prepare(
      `INSERT INTO profiles (user, version, preferences) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET preferences = excluded.preferences,
         version = max(version + 1, excluded.version)
       RETURNING version`,
    ).get(user, Date.now(), JSON.stringify(preferences)) as { version: number };
    return { preferences, version };
  }
}
