/**
 * Portfolios in the memory of an exec process, before the database that all processes share.
 *
 * The group's mode `routed` brings a user to the same server as before, so the copy is found there again. It is only
 * a copy: whoever served the user meanwhile, after a failure or in another process of the same server, has written
 * to the database, and a copy of an older version than there is no longer used.
 *
 * @module
 */
import { Lru } from "./lru.ts";
import type { Portfolio, Position, Positions } from "./positions.ts";

/** Most users whose portfolios a process keeps. */
const USERS_MAX = 10_000;

/** A portfolio, and whether it was in memory. */
export interface Remembered {
  portfolio: Readonly<Portfolio>;
  memory: "hit" | "miss";
}

/** Reads through and writes through. */
export class PortfolioMemory {
  readonly #positions: Positions;
  readonly #copies: Lru<string, Portfolio>;

  /**
   * @param positions The database.
   * @param capacity Most users; default 10,000. The one not served for longest goes.
   */
  constructor(positions: Positions, capacity: number = USERS_MAX) {
    this.#positions = positions;
    this.#copies = new Lru(capacity);
  }

  /** A user's portfolio, never older than the database's. */
  read(user: string): Remembered {
    const copy = this.#copies.get(user);
    if (copy !== undefined && copy.version === this.#positions.version(user)) {
      return { portfolio: copy, memory: "hit" };
    }
    const portfolio = this.#positions.read(user);
    this.#copies.set(user, portfolio);
    return { portfolio, memory: "miss" };
  }

  /**
   * Adds a position, or replaces the one of the same symbol: in the database, then in memory.
   *
   * @returns `false` when the portfolio is full.
   */
  put(user: string, position: Position): boolean {
    const portfolio = this.#positions.put(user, position);
    if (portfolio === undefined) return false;
    this.#copies.set(user, portfolio);
    return true;
  }

  /** Removes a position, if it is there: from the database, then from memory. */
  remove(user: string, symbol: string): void {
    this.#copies.set(user, this.#positions.remove(user, symbol));
  }
}
