/**
 * The users' positions, in SQLite.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { transaction } from "./database.ts";

/** So many shares of a company, and what one of them cost. */
export interface Position {
  symbol: string;
  shares: number;
  /** Dollars a share. */
  cost: number;
}

/** A user's positions. */
export interface Portfolio {
  positions: Position[];
  /** The user has not changed anything yet, and sees the sample. */
  sample: boolean;
  /** Grows with each change, whichever process makes it; 0: the sample. */
  version: number;
}

/** Most positions of one user. */
export const POSITIONS_MAX = 50;

/** What a user sees who has not changed anything yet. */
export const SAMPLE: readonly Position[] = [
  { symbol: "EMBR", shares: 12, cost: 188.4 },
  { symbol: "TYDE", shares: 150, cost: 41.1 },
  { symbol: "YHOO", shares: 100, cost: 13 },
];

/** The portfolio of a user who has not changed anything yet. */
export function samplePortfolio(): Portfolio {
  return { positions: SAMPLE.map((position) => ({ ...position })), sample: true, version: 0 };
}

/** Reads and writes positions through one connection. */
export class Positions {
  readonly #database: DatabaseSync;

  /** @param database An open database with the portal's tables; stays the caller's to close. */
  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The positions of a user, in the order of their symbols. */
  read(user: string): Portfolio {
    // One statement, so that version and positions are of the same moment.
    const rows = this.#database.prepare(
      `SELECT version, symbol, shares, cost FROM portfolios LEFT JOIN positions USING (user)
       WHERE user = ? ORDER BY symbol`,
    ).all(user) as unknown as (Position & { symbol: string | null; version: number })[];
    if (rows[0] === undefined) return samplePortfolio();
    const positions = rows.filter(({ symbol }) => symbol !== null)
      .map(({ symbol, shares, cost }) => ({ symbol, shares, cost }));
    return { positions, sample: false, version: rows[0].version };
  }

  /** The version of a user's portfolio, without the portfolio: one look into an index. */
  version(user: string): number {
    const row = this.#database.prepare("SELECT version FROM portfolios WHERE user = ?").get(user);
    return (row as { version: number } | undefined)?.version ?? 0;
  }

  /**
   * Adds a position, or replaces the one of the same symbol.
   *
   * @returns The portfolio as it is then; `undefined` when the user has {@linkcode POSITIONS_MAX} others already.
   */
  put(user: string, { symbol, shares, cost }: Position): Portfolio | undefined {
    return transaction(this.#database, () => {
      const others = this.#database
        .prepare("SELECT count(*) AS n FROM positions WHERE user = ? AND symbol <> ?")
        .get(user, symbol) as { n: number };
      if (others.n >= POSITIONS_MAX) return undefined;
      this.#change(user);
      this.#insert(user, { symbol, shares, cost });
      return this.read(user);
    });
  }

  /**
   * Removes a user's position, if it is there.
   *
   * @returns The portfolio as it is then.
   */
  remove(user: string, symbol: string): Portfolio {
    return transaction(this.#database, () => {
      this.#change(user);
      this.#database.prepare("DELETE FROM positions WHERE user = ? AND symbol = ?")
        .run(user, symbol);
      return this.read(user);
    });
  }

  /**
   * The portfolio's next version. At the first change the sample becomes the user's own, so that one change changes
   * one position only.
   */
  #change(user: string): void {
    const isFirst = this.version(user) === 0;
    // The clock makes the versions of a database that was deleted and made anew greater than the old ones.
    this.#database.prepare(
      `INSERT INTO portfolios (user, version) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET version = max(version + 1, excluded.version)`,
    ).run(user, Date.now());
    if (!isFirst) return;
    for (const position of SAMPLE) this.#insert(user, position);
  }

  #insert(user: string, { symbol, shares, cost }: Position): void {
    this.#database.prepare(
      `INSERT INTO positions (user, symbol, shares, cost) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET shares = excluded.shares, cost = excluded.cost`,
    ).run(user, symbol, shares, cost);
  }
}
