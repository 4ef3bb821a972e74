/**
 * The items of a stream between their arrival and the application that takes them.
 *
 * @module
 */
import type { Outside } from "../outside/outside.ts";
import { realOutside } from "../outside/real_outside.ts";

/** Items taken before their places are given back. */
const COMPACT_ITEMS = 256;

interface Item<T> {
  value: T;
  cost: number;
}

/** A FIFO that one reader may wait on. */
export class ItemQueue<T> implements AsyncIterator<T, undefined> {
  #items: Item<T>[] = [];
  #head = 0;
  #ended = false;
  #error: Error | null = null;
  #waiting: PromiseWithResolvers<IteratorResult<T, undefined>>[] = [];
  /** When the reader began to wait, on the process's own clock, in ms; `undefined`: it does not. */
  waitingSinceMs: number | undefined;
  readonly #onTaken: (cost: number) => void;
  readonly #onReturn: () => void;
  readonly #outside: Outside;

  /**
   * @param onTaken Called with an item's cost when the application has taken it.
   * @param onReturn Called when the application stops early.
   * @param outside Its clock.
   */
  constructor(
    onTaken: (cost: number) => void,
    onReturn: () => void,
    outside: Outside = realOutside,
  ) {
    this.#outside = outside;
    this.#onTaken = onTaken;
    this.#onReturn = onReturn;
  }

  /** An item arrived. */
  push(value: T, cost: number): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) {
      this.#items.push({ value, cost });
      return;
    }
    this.waitingSinceMs = this.#waiting.length === 0 ? undefined : this.#outside.now();
    this.#onTaken(cost);
    waiter.resolve({ value, done: false });
  }

  /** No more items; with an error, the reader gets it after the items that came before. */
  end(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const waiter of this.#waiting) this.#finish(waiter);
    this.#waiting = [];
  }

  /** The next item, the end, or the error. */
  next(): Promise<IteratorResult<T, undefined>> {
    const item = this.#items[this.#head];
    if (item !== undefined) {
      this.#head++;
      if (this.#head === this.#items.length || this.#head === COMPACT_ITEMS) {
        this.#items = this.#items.slice(this.#head);
        this.#head = 0;
      }
      this.#onTaken(item.cost);
      return Promise.resolve({ value: item.value, done: false });
    }
    const waiter = Promise.withResolvers<IteratorResult<T, undefined>>();
    if (this.#ended) this.#finish(waiter);
    else {
      this.waitingSinceMs ??= this.#outside.now();
      this.#waiting.push(waiter);
    }
    return waiter.promise;
  }

  /** The application stops early: what it did not take is forgotten. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#items = [];
    this.#head = 0;
    if (!this.#ended) {
      this.end(null);
      this.#onReturn();
    }
    this.#error = null;
    return Promise.resolve({ value: undefined, done: true });
  }

  #finish(waiter: PromiseWithResolvers<IteratorResult<T, undefined>>): void {
    if (this.#error === null) {
      waiter.resolve({ value: undefined, done: true });
    } else {
      waiter.reject(this.#error);
      this.#error = null;
    }
  }
}
