/**
 * A FIFO of waiting calls from which any call can be taken out again.
 *
 * @module
 */

/** A call that waits. */
export interface Waiting<T> {
  call: T;
  /** Since when, ms. */
  sinceMs: number;
  /** The call's own deadline, ms. */
  deadlineMs: number;
  /** Until when it may wait, ms; at most its deadline. */
  untilMs: number;
  /** Whether it was taken out of turn. */
  gone: boolean;
}

/** Dead entries in the array that are tolerated before it is compacted. */
const SLACK = 1_024;

/** The queue. */
export class CallQueue<T> {
  #entries: Waiting<T>[] = [];
  /** Index of the first entry that was not shifted. */
  #head = 0;
  readonly #byCall = new Map<T, Waiting<T>>();

  /** Calls that wait. */
  get size(): number {
    return this.#byCall.size;
  }

  /** Entries in memory, dead ones included. */
  get held(): number {
    return this.#entries.length;
  }

  /** The first call, which stays in the queue. */
  peek(): Waiting<T> | undefined {
    while (this.#head < this.#entries.length) {
      // The head lies before the end.
      const entry = this.#entries[this.#head]!;
      if (!entry.gone) return entry;
      this.#head++;
    }
    this.#entries.length = this.#head = 0;
    return undefined;
  }

  /** Appends a call, which must not be in the queue. */
  push(call: T, sinceMs: number, deadlineMs: number, untilMs: number): void {
    const entry = { call, sinceMs, deadlineMs, untilMs, gone: false };
    this.#entries.push(entry);
    this.#byCall.set(call, entry);
  }

  /** Takes the first call out. */
  shift(): Waiting<T> | undefined {
    const entry = this.peek();
    if (entry === undefined) return undefined;
    this.#head++;
    this.#byCall.delete(entry.call);
    this.#compact();
    return entry;
  }

  /**
   * Takes a call out wherever it stands.
   *
   * @returns `false` when it is not in the queue.
   */
  remove(call: T): boolean {
    const entry = this.#byCall.get(call);
    if (entry === undefined) return false;
    entry.gone = true;
    this.#byCall.delete(call);
    this.#compact();
    return true;
  }

  /**
   * Takes out every call that has waited too long by `now`.
   *
   * @param expired Gets each of them, in order.
   * @returns When the next one will have, ms; `Infinity` when the queue is empty.
   */
  expire(now: number, expired: (entry: Waiting<T>) => void): number {
    let next = Infinity;
    const kept: Waiting<T>[] = [];
    const due: Waiting<T>[] = [];
    for (let i = this.#head; i < this.#entries.length; i++) {
      // As above.
      const entry = this.#entries[i]!;
      if (entry.gone) continue;
      if (entry.untilMs > now) {
        kept.push(entry);
        next = Math.min(next, entry.untilMs);
      } else due.push(entry);
    }
    if (due.length === 0) return next;
    this.#entries = kept;
    this.#head = 0;
    for (const entry of due) this.#byCall.delete(entry.call);
    for (const entry of due) expired(entry); // last: it may come back to this queue
    return next;
  }

  /** Keeps the array at most twice as long as the queue (plus slack), whatever the order of removals. */
  #compact(): void {
    if (this.#entries.length <= 2 * this.size + SLACK) return;
    this.#entries = this.#entries.slice(this.#head).filter(({ gone }) => !gone);
    this.#head = 0;
  }
}
