/**
 * The receiving half of a stream's flow control: credit is given back for what was taken.
 *
 * @module
 */
import { STREAM_ITEM_MIN_COST_BYTES, STREAM_WINDOW_BYTES } from "../limits.ts";

/** Credit is given back in portions of this many bytes at least. */
const GRANT_BYTES = STREAM_WINDOW_BYTES / 4;

/** Counts what a receiver took, and says when to tell the sender. */
export class CreditCounter {
  #owed = 0;
  #fragments = 0;

  /**
   * A fragment arrived that does not complete its message: it is taken at once, since the message
   * can only be used whole.
   *
   * @returns Credit to grant now, in bytes; 0: none yet.
   */
  fragment(bytes: number): number {
    this.#fragments += bytes;
    return this.#owe(bytes);
  }

  /**
   * A message is complete.
   *
   * @param lastBytes Bytes of its last fragment.
   * @returns What to pass to {@linkcode taken} when the application has taken it.
   */
  completed(lastBytes: number): number {
    const total = this.#fragments + lastBytes;
    const cost = lastBytes + Math.max(0, STREAM_ITEM_MIN_COST_BYTES - total);
    this.#fragments = 0;
    return cost;
  }

  /** The application took a message of this cost. Returns credit to grant now, in bytes; 0: none yet. */
  taken(cost: number): number {
    return this.#owe(cost);
  }

  #owe(bytes: number): number {
    this.#owed += bytes;
    if (this.#owed < GRANT_BYTES) return 0;
    const grant = this.#owed;
    this.#owed = 0;
    return grant;
  }
}
