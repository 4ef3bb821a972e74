/**
 * What waits to be sent to one side: a growable byte FIFO of whole frames.
 *
 * Everything outgoing is appended here while a burst is worked on, and leaves in one piece afterwards:
 * into a space by one scatter, onto a link by one write.
 *
 * @module
 */
import { FRAME_ALIGN, FRAME_HEADER_BYTES, FRAME_QUEUE_KEPT_BYTES } from "../limits.ts";
import { FrameOffset, paddedBytes } from "./frame.ts";
import type { FrameView } from "./frame_view.ts";

const INITIAL_BYTES = 65_536;

/** A FIFO of frames, contiguous between `head` and `tail` in `bytes`. */
export class FrameQueue {
  /** The buffer; replaced when it grows: never keep a reference over an append. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_BYTES);
  /** The same memory in 32-bit words. */
  words: Uint32Array<ArrayBuffer> = new Uint32Array(this.bytes.buffer);
  /** Offset of the oldest byte. */
  head = 0;
  /** Offset behind the newest byte. */
  tail = 0;
  /** Bytes ever appended. */
  appendedBytes = 0;
  readonly #maxBytes: number;

  /** @param maxBytes Most bytes that may wait; beyond it {@linkcode reserve} refuses. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that wait, headers and padding included. */
  get queuedBytes(): number {
    return this.tail - this.head;
  }

  /**
   * Appends a frame whose body the caller writes itself: header and padding are ready on return.
   *
   * @param kind The frame's kind.
   * @param flags The frame's flags.
   * @param stream The frame's stream id.
   * @param bodyBytes Bytes of the body.
   * @param load Of a frame for a link, see load.ts; one for a slot gets the slot's generation in that word when it is
   *   written.
   * @returns Offset of the body in `bytes`; -1 when the queue is full.
   */
  reserve(
    kind: number,
    flags: number,
    stream: number,
    bodyBytes: number,
    load = 0,
  ): number {
    const length = FRAME_HEADER_BYTES + bodyBytes;
    const padded = paddedBytes(length);
    if (this.tail - this.head + padded > this.#maxBytes) return -1;
    if (this.tail + padded > this.bytes.length) this.#makeRoom(padded);
    const at = this.tail;
    const words = this.words;
    const last = (at + padded - FRAME_ALIGN) >> 2;
    words[last] = 0;
    words[last + 1] = 0;
    words[last + 2] = 0;
    words[last + 3] = 0;
    const word = at >> 2;
    words[word] = length;
    words[word + 1] = kind | (flags << 8);
    words[word + 2] = stream;
    words[word + 3] = load;
    this.tail = at + padded;
    this.appendedBytes += padded;
    return at + FrameOffset.BODY;
  }

  /**
   * Appends a frame with a copy of a body. Parameters as of {@linkcode reserve}.
   *
   * @returns `false` when the queue is full.
   */
  append(kind: number, flags: number, stream: number, body: Uint8Array, load = 0): boolean {
    const at = this.reserve(kind, flags, stream, body.length, load);
    if (at < 0) return false;
    if (body.length > 0) this.bytes.set(body, at);
    return true;
  }

  /**
   * Appends a copy of a frame that lies elsewhere, under another stream id.
   *
   * @returns `false` when the queue is full.
   */
  appendCopy(frame: FrameView, stream: number, load = 0): boolean {
    const { start, end } = frame;
    const at = this.reserve(frame.kind, frame.flags, stream, end - start, load);
    if (at < 0) return false;
    if (end > start) this.bytes.set(frame.bytes.subarray(start, end), at);
    return true;
  }

  /** Appends a frame whose body is one 32-bit number. */
  appendU32(kind: number, stream: number, value: number): boolean {
    const at = this.reserve(kind, 0, stream, 4);
    if (at < 0) return false;
    this.words[at >> 2] = value;
    return true;
  }

  /** Takes `count` bytes (whole frames) off the front. */
  consume(count: number): void {
    this.head += count;
    if (this.head === this.tail) this.clear();
  }

  /** Forgets everything that waits. */
  clear(): void {
    this.head = 0;
    this.tail = 0;
    if (this.bytes.length > FRAME_QUEUE_KEPT_BYTES) this.#replace(new Uint8Array(INITIAL_BYTES));
  }

  /**
   * Hands over what waits, and goes on with another buffer: the given-away one can be written to a
   * socket while new frames are appended.
   *
   * @param spare The buffer to go on with: one handed over earlier, or `undefined` for a new one.
   * @returns The region that waits; the caller owns its buffer now.
   */
  take(spare?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const region = this.bytes.subarray(this.head, this.tail);
    this.#replace(
      spare !== undefined && spare.length <= FRAME_QUEUE_KEPT_BYTES
        ? spare
        : new Uint8Array(INITIAL_BYTES),
    );
    this.head = 0;
    this.tail = 0;
    return region;
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.words = new Uint32Array(bytes.buffer);
  }

  #makeRoom(padded: number): void {
    const used = this.tail - this.head;
    if (used + padded <= this.bytes.length && this.head >= this.bytes.length / 2) {
      this.bytes.copyWithin(0, this.head, this.tail);
    } else {
      let capacity = this.bytes.length * 2;
      while (capacity < used + padded) capacity *= 2;
      const old = this.bytes.subarray(this.head, this.tail);
      this.#replace(new Uint8Array(capacity));
      this.bytes.set(old);
    }
    this.head = 0;
    this.tail = used;
  }
}
