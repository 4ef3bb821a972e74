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

/** See the module's description; the fields of the header are described in frame.ts. */
export class FrameView {
  /** The memory that it lies in, which is used again for others. */
  bytes: Uint8Array = NO_BYTES;
  /** Offset of the frame. */
  at = 0;
  /** Bytes of header and body. */
  length = 0;
  kind = 0;
  flags = 0;
  reserved = 0;
  stream = 0;
  /** On a link; in a space the generation is in its place, which the native library has checked. */
  load = 0;
  /** Offset of the body. */
  start = 0;
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

  /** Reads the next frame of the run. `false`: there is none. */
  advance(): boolean {
    if (this.next >= this.#limit) return false;
    this.read(this.next);
    return true;
  }

  /** Reads the header at an offset of the run's memory, whatever it says. */
  read(at: number): void {
    const words = this.#words;
    const word = at >> 2;
    const length = words[word]!;
    const second = words[word + 1]!;
    this.at = at;
    this.length = length;
    this.kind = second & 0xff;
    this.flags = (second >> 8) & 0xff;
    this.reserved = second >>> 16;
    this.stream = words[word + 2]!;
    this.load = words[word + 3]!;
    this.start = at + FRAME_HEADER_BYTES;
    this.end = at + length;
    this.next = at + paddedBytes(length);
  }

  /** Bytes of the body. */
  get bodyBytes(): number {
    return this.end - this.start;
  }

  /** A copy of the body. */
  copy(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(this.start, this.end) as Uint8Array<ArrayBuffer>;
  }

  /** The body as one 32-bit number; `undefined`: it is no such body. */
  get number(): number | undefined {
    return this.length === FRAME_HEADER_BYTES + 4 ? this.#words[this.start >> 2]! : undefined;
  }
}
