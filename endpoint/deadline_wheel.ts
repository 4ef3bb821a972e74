/**
 * Deadlines of many calls with one timer: a ring of buckets of a few milliseconds, each a linked list, so that
 * setting and clearing a deadline costs no allocation and no timer.
 *
 * Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 6.
 *
 * @module
 */
import type { Outside, Timer } from "../outside/outside.ts";
import { realOutside } from "../outside/real_outside.ts";

/** Width of a bucket in ms: deadlines fire up to this much late, never early. */
const BUCKET_MS = 4;
/** Buckets of the ring: one turn takes 16 s, more than most calls may. A power of two. */
const RING = 4_096;

/** {@linkcode Deadlined.bucket} of an entry without a deadline. */
const NONE = -1;
/** {@linkcode Deadlined.bucket} of an entry whose deadline has passed, and which has not been told yet. */
const PASSED = -2;

/** What has a deadline. The fields belong to the wheel. */
export interface Deadlined {
  /** Next in the bucket. */
  nextDue: Deadlined | null;
  /** Previous in the bucket; `null` for the first. */
  previousDue: Deadlined | null;
  /** Number of the bucket, counted through all turns; negative when no deadline is set. */
  bucket: number;
  /** Called when the deadline has passed. */
  due(): void;
}

/** A set of deadlines, woken by one timer for the earliest. */
export class DeadlineWheel implements Disposable {
  /** First entry of each bucket, and of the buckets whole turns later. */
  readonly #firsts: (Deadlined | null)[] = new Array(RING).fill(null);
  readonly #outside: Outside;
  /** Deadlines up to this bucket have passed. */
  #passed: number;
  #size = 0;
  #timer: Timer | undefined;
  #timerBucket = Infinity;

  /** @param outside Its clock and its timer. */
  constructor(outside: Outside = realOutside) {
    this.#outside = outside;
    this.#passed = this.#nowBucket();
  }

  /**
   * Sets an entry's deadline; it must have none.
   *
   * @param entry Whose deadline.
   * @param dueMs When, on the wheel's clock.
   */
  set(entry: Deadlined, dueMs: number): void {
    const bucket = Math.max(Math.ceil(dueMs / BUCKET_MS), this.#passed + 1);
    const at = bucket % RING;
    const first = this.#firsts[at] ?? null;
    entry.bucket = bucket;
    entry.previousDue = null;
    entry.nextDue = first;
    if (first !== null) first.previousDue = entry;
    this.#firsts[at] = entry;
    this.#size++;
    if (bucket < this.#timerBucket) this.#arm(bucket);
  }

  /** Clears an entry's deadline, if it has one. */
  clear(entry: Deadlined): void {
    if (entry.bucket >= 0) this.#unlink(entry);
    entry.bucket = NONE;
  }

  /** Stops the timer and forgets every deadline. */
  [Symbol.dispose](): void {
    this.#outside.cancel(this.#timer);
    this.#timerBucket = Infinity;
    this.#firsts.fill(null);
    this.#size = 0;
  }

  #nowBucket(): number {
    return Math.floor(this.#outside.now() / BUCKET_MS);
  }

  #unlink(entry: Deadlined): void {
    const { previousDue, nextDue } = entry;
    if (nextDue !== null) nextDue.previousDue = previousDue;
    if (previousDue !== null) previousDue.nextDue = nextDue;
    else this.#firsts[entry.bucket % RING] = nextDue;
    entry.nextDue = null;
    entry.previousDue = null;
    this.#size--;
  }

  #arm(bucket: number): void {
    this.#outside.cancel(this.#timer);
    this.#timerBucket = bucket;
    // One ms more than rounding asks for: timers may fire a fraction of a ms early.
    const waitMs = Math.max(1, Math.ceil(bucket * BUCKET_MS - this.#outside.now()));
    this.#timer = this.#outside.after(waitMs, this.#fire);
  }

  readonly #fire = () => {
    this.#timerBucket = Infinity;
    for (const entry of this.#takePassed()) {
      // Another one's end may have cleared it.
      if (entry.bucket !== PASSED) continue;
      entry.bucket = NONE;
      try {
        entry.due();
      } catch (error) {
        reportError(error); // the others are due all the same
      }
    }
    const earliest = this.#earliest();
    if (earliest < this.#timerBucket) this.#arm(earliest);
  };

  /** Takes out what has passed, earliest first. */
  #takePassed(): Deadlined[] {
    const taken: Deadlined[] = [];
    const nowBucket = this.#nowBucket();
    for (
      let bucket = Math.max(this.#passed + 1, nowBucket - RING + 1);
      bucket <= nowBucket;
      bucket++
    ) {
      let entry = this.#firsts[bucket % RING] ?? null;
      while (entry !== null) {
        const next: Deadlined | null = entry.nextDue;
        if (entry.bucket <= nowBucket) {
          this.#unlink(entry);
          entry.bucket = PASSED;
          taken.push(entry);
        }
        entry = next;
      }
    }
    this.#passed = Math.max(this.#passed, nowBucket);
    return taken;
  }

  /** The earliest bucket with a deadline; one turn ahead when all are later; Infinity when there is none. */
  #earliest(): number {
    if (this.#size === 0) return Infinity;
    const turn = this.#passed + RING;
    for (let bucket = this.#passed + 1; bucket < turn; bucket++) {
      let entry = this.#firsts[bucket % RING] ?? null;
      while (entry !== null && entry.bucket !== bucket) entry = entry.nextDue;
      if (entry !== null) return bucket;
    }
    return turn;
  }
}
