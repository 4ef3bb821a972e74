/**
 * Fragments → message, for one direction of one call.
 *
 * Who copies: nobody, for a message of one frame: the result is a piece of the memory the frame came in,
 * good until that memory is used again, so whoever keeps it copies it ({@linkcode Assembler.owned} is
 * `false`). Fragments are copied once into memory that grows by doubling, and belongs to the receiver when the
 * message is complete (`owned` is `true`).
 *
 * @module
 */
import { METADATA_MAX_BYTES, REQUEST_HEAD_MAX_BYTES } from "../limits.ts";
import { FrameFlag } from "./frame.ts";
import type { FrameView } from "./frame_view.ts";

/** How fragments broke the protocol; the call they belong to must end. */
export type AssemblyFault = "continuation-without-first" | "first-inside-message" | "too-large";

/** A frame's body, and where it stands in its message. */
export type Fragment = Pick<FrameView, "flags" | "bytes" | "start" | "end">;

/** Largest message on the wire whose payload is at most `messageBytes`: head and metadata come on top. */
export function assembledMaxBytes(messageBytes: number): number {
  return messageBytes + REQUEST_HEAD_MAX_BYTES + METADATA_MAX_BYTES;
}

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;
const EMPTY = new Uint8Array(0);

/** Takes the frames of one message after the other, and says when a message is whole or broken. */
export class Assembler {
  /** Once complete: the message is `bytes[start, end)`. */
  bytes: Uint8Array = EMPTY;
  /** See {@linkcode bytes}. */
  start = 0;
  /** See {@linkcode bytes}. */
  end = 0;
  /** Once complete: whether `bytes` belongs to the receiver. */
  owned = false;
  /** Set when `push` answers `"fault"`. */
  fault: AssemblyFault | undefined;
  readonly #maxBytes: number;
  /** Memory of an incomplete message; `undefined` between messages. */
  #buffer: Uint8Array | undefined;
  #filled = 0;

  /** @param maxBytes Largest message, in bytes (see {@linkcode assembledMaxBytes}). */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of the incomplete message, 0 between messages. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /** Whether a message has begun and not ended. */
  get incomplete(): boolean {
    return this.#buffer !== undefined;
  }

  /**
   * Takes in one frame's body.
   *
   * @param fragment The frame.
   * @returns `"complete"`: the message is in {@linkcode bytes}, `start` and `end` until the next call.
   */
  push(fragment: Fragment): "complete" | "incomplete" | "fault" {
    const { flags, bytes, start, end } = fragment;
    this.bytes = EMPTY;
    if ((flags & FrameFlag.FIRST) !== 0) {
      if (this.#buffer !== undefined) return this.#fail("first-inside-message");
      if (end - start > this.#maxBytes) return this.#fail("too-large");
      if ((flags & WHOLE) === WHOLE) {
        this.bytes = bytes;
        this.start = start;
        this.end = end;
        this.owned = false;
        return "complete";
      }
      // A message of several fragments is rarely one of two: start with room for four.
      this.#buffer = new Uint8Array(Math.min(4 * (end - start), this.#maxBytes));
    } else if (this.#buffer === undefined) {
      return this.#fail("continuation-without-first");
    }
    const filled = this.#filled + end - start;
    if (filled > this.#maxBytes) return this.#fail("too-large");
    if (filled > this.#buffer.length) this.#grow(filled);
    this.#buffer.set(bytes.subarray(start, end), this.#filled);
    this.#filled = filled;
    if ((flags & FrameFlag.LAST) === 0) return "incomplete";
    this.bytes = this.#buffer;
    this.start = 0;
    this.end = filled;
    this.owned = true;
    this.#buffer = undefined;
    this.#filled = 0;
    return "complete";
  }

  /** Gives up an incomplete message and what the last complete one left here. */
  clear(): void {
    this.bytes = EMPTY;
    this.#buffer = undefined;
    this.#filled = 0;
  }

  #grow(neededBytes: number): void {
    const old = this.#buffer ?? EMPTY;
    const grown = new Uint8Array(
      Math.min(Math.max(neededBytes, 2 * old.length), this.#maxBytes),
    );
    grown.set(old.subarray(0, this.#filled));
    this.#buffer = grown;
  }

  #fail(fault: AssemblyFault): "fault" {
    this.clear();
    this.fault = fault;
    return "fault";
  }
}
