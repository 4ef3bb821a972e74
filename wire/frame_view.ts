/**
 * One frame, read where it lies: a view that goes from frame to frame, so that none of them costs an object.
 *
 * ```ts
 * for (frame.over(bytes, words, start, end); frame.advance();) handle(frame);
 * ```
 *
 * What a view shows holds until it advances: whoever needs it longer copies it.
 *
 * @module
 */
import { FRAME_HEADER_BYTES } from "../limits.ts";
import { paddedBytes } from "./frame.ts";

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Uint32Array(0);

/**
 * The header of the frame that it stands on, whose fields frame.ts describes. They are read when they are asked
 * for: who only looks for the ends of frames, or for their kinds, pays for no more.
 */
export class FrameView {
  /** The memory that it lies in, which is used again for others. */
  bytes: Uint8Array = NO_BYTES;
  /** Offset of the frame. */
  at = 0;
  /** Offset behind the body. */
  end = 0;
  /** Offset of the next frame. */
  next = 0;
  #words: Uint32Array = NO_WORDS;
  #limit = 0;

  /**
   * Goes over a run of frames; {@linkcode advance} reads the first.
   *
   * @param bytes The memory.
   * @param words The same memory in 32-bit words.
   * @param start Offset of the first frame, a multiple of 16.
   * @param end Offset behind the last one's padding.
   */
  over(bytes: Uint8Array, words: Uint32Array, start: number, end: number): this {
    this.bytes = bytes;
    this.#words = words;
    this.next = start;
    this.#limit = end;
    return this;
  }

  /** Goes to the next frame of the run. `false`: there is none. */
  advance(): boolean {
    const at = this.next;
    if (at >= this.#limit) return false;
    this.to(at);
    return true;
  }

  /** Goes to an offset of the run's memory, whatever the header there says. */
  to(at: number): void {
    // A whole header is there, here and wherever one is read below.
    const length = this.#words[at >> 2]!;
    this.at = at;
    this.end = at + length;
    this.next = at + paddedBytes(length);
  }

  /** Bytes of header and body. */
  get length(): number {
    return this.end - this.at;
  }

  get kind(): number {
    // As in `to()`.
    return this.#words[(this.at >> 2) + 1]! & 0xff;
  }

  get flags(): number {
    // As in `to()`.
    return (this.#words[(this.at >> 2) + 1]! >> 8) & 0xff;
  }

  get reserved(): number {
    // As in `to()`.
    return this.#words[(this.at >> 2) + 1]! >>> 16;
  }

  get stream(): number {
    // As in `to()`.
    return this.#words[(this.at >> 2) + 2]!;
  }

  /**
   * What the answering server tells of itself, see load.ts: of a frame from a link only. One from a slot has the slot's
   * generation in the same word, which was checked when it was read, and nobody asks for.
   */
  get load(): number {
    // As in `to()`.
    return this.#words[(this.at >> 2) + 3]!;
  }

  /** Offset of the body. */
  get start(): number {
    return this.at + FRAME_HEADER_BYTES;
  }

  /** Bytes of the body. */
  get bodyBytes(): number {
    return this.end - this.at - FRAME_HEADER_BYTES;
  }

  /** A copy of the body. */
  copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.bytes.subarray(this.start, this.end));
  }

  /** The body as one 32-bit number; `undefined`: it is no such body. */
  get number(): number | undefined {
    // The body is one word.
    return this.bodyBytes === 4 ? this.#words[this.start >> 2]! : undefined;
  }
}
