/**
 * Calls under way by their stream id: {@linkcode StreamTable} where the ids are given, {@linkcode StreamMap} on
 * the other side. Arrays, and no `Map`: each table that a much-changed `Map` outgrows keeps the next one alive,
 * and so every call that was in it, until V8 collects the whole heap.
 *
 * ```text
 * stream id (u32) = reuse count (12 bits) | index (20 bits)
 * ```
 *
 * The reuse count makes the id of an ended call differ from the id of the next call at the same index,
 * so a late frame finds nothing instead of somebody else's call.
 *
 * @module
 */
import { CALLS_MAX } from "../limits.ts";

const INDEX_MASK = CALLS_MAX - 1;
const REUSE_STEP = CALLS_MAX;

/** Items by stream id; ids are handed out here. */
export class StreamTable<T> {
  readonly #items: (T | undefined)[] = [];
  readonly #ids: number[] = [];
  readonly #free: number[] = [];
  #size = 0;

  /** Number of items. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds an item.
   *
   * @returns Its stream id; -1 when the table is full.
   */
  add(item: T): number {
    let index = this.#free.pop();
    if (index === undefined) {
      if (this.#items.length === CALLS_MAX) return -1;
      index = this.#items.length;
      this.#ids.push(index);
      this.#items.push(undefined);
    }
    this.#items[index] = item;
    this.#size++;
    // There is an id for each index.
    return this.#ids[index]!;
  }

  /** The item with this stream id; `undefined` when it has ended. */
  get(stream: number): T | undefined {
    const index = stream & INDEX_MASK;
    return this.#ids[index] === stream ? this.#items[index] : undefined;
  }

  /** Removes the item with this stream id, which must be there. */
  remove(stream: number): void {
    const index = stream & INDEX_MASK;
    this.#items[index] = undefined;
    this.#ids[index] = (stream + REUSE_STEP) >>> 0;
    this.#free.push(index);
    this.#size--;
  }

  /** All items; the table may be changed while they are walked. */
  *values(): Generator<T> {
    for (let index = 0; index < this.#items.length; index++) {
      const item = this.#items[index];
      if (item !== undefined) yield item;
    }
  }
}

/** Items by stream ids that the other side gave; it never uses an index for two calls at a time. */
export class StreamMap<T> {
  readonly #items: (T | undefined)[] = [];
  readonly #ids: number[] = [];
  #size = 0;

  /** Number of items. */
  get size(): number {
    return this.#size;
  }

  /** Whether there is an item with the index of this stream id. */
  isTaken(stream: number): boolean {
    return this.#items[stream & INDEX_MASK] !== undefined;
  }

  /** The item with this stream id. */
  get(stream: number): T | undefined {
    const index = stream & INDEX_MASK;
    return this.#ids[index] === stream ? this.#items[index] : undefined;
  }

  /** Adds an item; one with the same index is forgotten. */
  set(stream: number, item: T): void {
    const index = stream & INDEX_MASK;
    if (this.#items[index] === undefined) this.#size++;
    this.#items[index] = item;
    this.#ids[index] = stream;
  }

  /** Removes the item with this stream id, if it is there. */
  delete(stream: number): void {
    if (this.get(stream) === undefined) return;
    this.#items[stream & INDEX_MASK] = undefined;
    this.#size--;
  }

  /** All items; the table may be changed while they are walked. */
  *values(): Generator<T> {
    for (let index = 0; index < this.#items.length; index++) {
      const item = this.#items[index];
      if (item !== undefined) yield item;
    }
  }
}
