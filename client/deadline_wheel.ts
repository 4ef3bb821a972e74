/**
 * Deadlines of many calls with one timer: buckets of a few milliseconds, each a linked list, so that
 * setting and clearing a deadline costs no allocation and no timer.
 *
 * Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987.
 *
 * @module
 */

/** Width of a bucket in ms: deadlines fire up to this much late, never early. */
const BUCKET_MS = 4;

/** What has a deadline. The fields belong to the wheel. */
export interface Deadlined {
  /** Next in the bucket. */
  nextDue: Deadlined | null;
  /** Previous in the bucket; `null` for the first. */
  previousDue: Deadlined | null;
  /** Number of the bucket; -1 when no deadline is set. */
  bucket: number;
  /** Called when the deadline has passed. */
  due(): void;
}

/** A set of deadlines, woken by one timer for the earliest. */
export class DeadlineWheel implements Disposable {
  readonly #buckets = new Map<number, Deadlined>();
  readonly #now: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerBucket = Infinity;

  /** @param now The clock, in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Sets an entry's deadline; it must have none.
   *
   * @param entry Whose deadline.
   * @param dueMs When, on the wheel's clock.
   */
  set(entry: Deadlined, dueMs: number): void {
    const bucket = Math.ceil(dueMs / BUCKET_MS);
    const first = this.#buckets.get(bucket) ?? null;
    entry.bucket = bucket;
    entry.previousDue = null;
    entry.nextDue = first;
    if (first !== null) first.previousDue = entry;
    this.#buckets.set(bucket, entry);
    if (bucket < this.#timerBucket) this.#arm(bucket);
  }

  /** Clears an entry's deadline, if it has one. */
  clear(entry: Deadlined): void {
    if (entry.bucket < 0) return;
    const { previousDue, nextDue } = entry;
    if (nextDue !== null) nextDue.previousDue = previousDue;
    if (previousDue !== null) previousDue.nextDue = nextDue;
    else if (nextDue !== null) this.#buckets.set(entry.bucket, nextDue);
    else this.#buckets.delete(entry.bucket);
    entry.bucket = -1;
    entry.nextDue = null;
    entry.previousDue = null;
  }

  /** Stops the timer and forgets every deadline. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timerBucket = Infinity;
    this.#buckets.clear();
  }

  #arm(bucket: number): void {
    clearTimeout(this.#timer);
    this.#timerBucket = bucket;
    // One ms more than rounding asks for: timers may fire a fraction of a ms early.
    const waitMs = Math.max(1, Math.ceil(bucket * BUCKET_MS - this.#now()));
    this.#timer = setTimeout(this.#fire, waitMs);
  }

  readonly #fire = () => {
    this.#timerBucket = Infinity;
    const nowBucket = Math.floor(this.#now() / BUCKET_MS);
    let earliest = Infinity;
    for (const bucket of [...this.#buckets.keys()]) {
      if (bucket > nowBucket) {
        earliest = Math.min(earliest, bucket);
        continue;
      }
      for (;;) {
        const entry = this.#buckets.get(bucket);
        if (entry === undefined) break;
        this.clear(entry);
        entry.due();
      }
    }
    if (earliest < this.#timerBucket) this.#arm(earliest);
  };
}
