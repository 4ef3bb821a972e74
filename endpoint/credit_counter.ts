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
  /** Bytes of the incomplete message so far, and those of them that are not owed yet. */
  #fragments = 0;
  #withheld = 0;
  /** Complete messages that the application has not taken. */
  #untaken = 0;

  /**
   * A fragment arrived that does not complete its message. If the application waits for this message
   * the fragment counts as taken at once, since the message can only be used whole; behind messages that
   * wait to be taken it counts when they are, so that nobody is sent many large messages ahead.
   *
   * @returns Credit to grant now, in bytes; 0: none yet.
   */
  fragment(bytes: number): number {
    this.#fragments += bytes;
    if (this.#untaken === 0) return this.#owe(bytes);
    this.#withheld += bytes;
    return 0;
  }

  /**
   * A message is complete.
   *
   * @param lastBytes Bytes of its last fragment.
   * @returns What to pass to {@linkcode taken} when the application has taken it.
   */
  completed(lastBytes: number): number {
    const total = this.#fragments + lastBytes;
    const cost = this.#withheld + lastBytes + Math.max(0, STREAM_ITEM_MIN_COST_BYTES - total);
    this.#fragments = 0;
    this.#withheld = 0;
    this.#untaken++;
    return cost;
  }

  /** The application took a message of this cost. Returns credit to grant now, in bytes; 0: none yet. */
  taken(cost: number): number {
    this.#untaken--;
    if (this.#untaken > 0) return this.#owe(cost);
    const withheld = this.#withheld;
    this.#withheld = 0;
    return this.#owe(cost + withheld);
  }

  #owe(bytes: number): number {
    this.#owed += bytes;
    if (this.#owed < GRANT_BYTES) return 0;
    const grant = this.#owed;
    this.#owed = 0;
    return grant;
  }
}
