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
}

/** Most positions of one user. */
export const POSITIONS_MAX = 50;

/** What a user sees who has not changed anything yet. */
export const SAMPLE: readonly Position[] = [
  { symbol: "EMBR", shares: 12, cost: 188.4 },
  { symbol: "TYDE", shares: 150, cost: 41.1 },
  { symbol: "YHOO", shares: 100, cost: 13 },
];

/** Reads and writes positions through one connection. */
export class Positions {
  readonly #database: DatabaseSync;

  /** @param database An open database with the portal's tables; stays the caller's to close. */
  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The positions of a user, in the order of their symbols. */
  read(user: string): Portfolio {
    const own = this.#database.prepare("SELECT 1 FROM portfolios WHERE user = ?").get(user);
    if (own === undefined) {
      return { positions: SAMPLE.map((position) => ({ ...position })), sample: true };
    }
    const rows = this.#database
      .prepare("SELECT symbol, shares, cost FROM positions WHERE user = ? ORDER BY symbol")
      .all(user) as unknown as Position[];
    const positions = rows.map(({ symbol, shares, cost }) => ({ symbol, shares, cost }));
    return { positions, sample: false };
  }

  /**
   * Adds a position, or replaces the one of the same symbol.
   *
   * @returns `false` when the user has {@linkcode POSITIONS_MAX} others already.
   */
  put(user: string, { symbol, shares, cost }: Position): boolean {
    return transaction(this.#database, () => {
      this.#own(user);
      const others = this.#database
        .prepare("SELECT count(*) AS n FROM positions WHERE user = ? AND symbol <> ?")
        .get(user, symbol) as { n: number };
      if (others.n >= POSITIONS_MAX) return false;
      this.#insert(user, { symbol, shares, cost });
      return true;
    });
  }

  /** Removes a user's position, if it is there. */
  remove(user: string, symbol: string): void {
    transaction(this.#database, () => {
      this.#own(user);
      this.#database.prepare("DELETE FROM positions WHERE user = ? AND symbol = ?")
        .run(user, symbol);
    });
  }

  /** At the first change the sample becomes the user's own, so that one change changes one position only. */
  #own(user: string): void {
    const { changes } = this.#database
      .prepare("INSERT INTO portfolios (user) VALUES (?) ON CONFLICT DO NOTHING").run(user);
    if (changes === 0) return;
    for (const position of SAMPLE) this.#insert(user, position);
  }

  #insert(user: string, { symbol, shares, cost }: Position): void {
    this.#database.prepare(
      `INSERT INTO positions (user, symbol, shares, cost) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET shares = excluded.shares, cost = excluded.cost`,
    ).run(user, symbol, shares, cost);
  }
}
