/**
 * A map with a bound: when it is full, the entry that was not used for longest goes.
 *
 * @module
 */

/** Keeps the entries that were used last. */
export class Lru<K, V> {
  /** A `Map` iterates in order of insertion: each use inserts anew, so the first entry is the oldest. */
  readonly #entries = new Map<K, V>();
  readonly #capacity: number;

  /** @param capacity Most entries, at least 1. */
  constructor(capacity: number) {
    if (!(capacity >= 1)) throw new RangeError(`capacity: wanted at least 1, saw ${capacity}`);
    this.#capacity = capacity;
  }

  /** Number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value of a key, which counts as used now; `undefined` when it is not there. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** Stores a value, which counts as used now. */
  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return;
    const [oldest] = this.#entries.keys();
    this.#entries.delete(oldest as K);
  }
}
