/**
 * Push parser for the byte stream of a link: finds runs of whole frames, in place.
 *
 * The owner reads into {@linkcode FrameParser.readable} and tells {@linkcode FrameParser.advance} how much
 * came; then `bytes[start, end)` are whole, checked frames, until the next call of `readable()`. Only the
 * beginning of a frame whose end has not arrived is ever moved, and only inside `readable()`: while a read
 * is pending nothing moves.
 *
 * @module
 */
import { FRAME_HEADER_BYTES, FRAME_MAX_BYTES, KIND_MAX, PARSER_BUFFER_BYTES } from "../limits.ts";
import { FLAGS_MASK, FrameKind } from "./frame.ts";
import { FrameView } from "./frame_view.ts";

/** Kinds from this one on belong to the link itself; smaller ones to a call. */
export const CONTROL_KIND_MIN = FrameKind.HELLO;

/** How a byte stream broke the protocol; the link it came from must end. */
export interface FrameFault {
  /** The header's field that is wrong. */
  readonly field: "length" | "kind" | "flags" | "reserved" | "load";
  /** What it holds. */
  readonly seen: number;
  /** Where the frame starts, in bytes since the start of the stream. */
  readonly at: number;
}

/** One sentence about a fault, for logs and GOODBYE. */
export function describeFrameFault(fault: FrameFault): string {
  return `frame at byte ${fault.at} has ${fault.field} ${fault.seen}, which the protocol does not allow`;
}

/** 1 for each kind that may travel on a link. */
const LINK_KINDS = new Uint8Array(256);
for (const kind of Object.values(FrameKind)) if (kind < FrameKind.READY) LINK_KINDS[kind] = 1;
if (KIND_MAX >= LINK_KINDS.length) throw new Error("frame_parser.ts: a kind is one byte");

/** Takes the bytes of one link as they come, up to the first that break the protocol. */
export class FrameParser {
  /** The buffer; frames lie in `bytes[start, end)`. */
  readonly bytes: Uint8Array;
  /** The same buffer. */
  readonly words: Uint32Array;
  /** Where the run of whole frames starts; the owner may move it on as it consumes frames. */
  start = 0;
  /** Where the run of whole frames ends. */
  end = 0;
  /** Frames in the run that `advance` found last. */
  frames = 0;
  /** Those of them that belong to the link itself: when 0, the run is call frames throughout. */
  controlFrames = 0;
  /** Set once the stream broke the protocol; nothing after it is looked at. */
  fault: FrameFault | undefined;
  /** End of what was read; from `end` to here lies the beginning of a frame. */
  #filled = 0;
  /** Bytes of the stream that lay before `bytes[0]`. */
  #before = 0;
  readonly #frame = new FrameView();

  /** @param bufferBytes Size of the buffer in bytes, at least two of the largest frames. Default 262144. */
  constructor(bufferBytes = PARSER_BUFFER_BYTES) {
    if (bufferBytes < 2 * FRAME_MAX_BYTES) {
      throw new RangeError(
        `a frame parser needs ${2 * FRAME_MAX_BYTES} bytes of buffer, got ${bufferBytes}`,
      );
    }
    this.bytes = new Uint8Array(bufferBytes);
    this.words = new Uint32Array(this.bytes.buffer);
  }

  /**
   * Where to read into; never empty. Gives up the current run of frames, so its owner must be done with it.
   */
  readable(): Uint8Array {
    if (this.#filled === this.end) {
      this.#before += this.end;
      this.#filled = 0;
    } else if (this.bytes.length - this.end < FRAME_MAX_BYTES + FRAME_HEADER_BYTES) {
      this.bytes.copyWithin(0, this.end, this.#filled);
      this.#before += this.end;
      this.#filled -= this.end;
    } else {
      this.start = this.end;
      return this.bytes.subarray(this.#filled);
    }
    this.start = 0;
    this.end = 0;
    return this.bytes.subarray(this.#filled);
  }

  /**
   * Takes in `count` bytes that were read into {@linkcode readable}, and finds the whole frames.
   *
   * @returns Whether the stream keeps to the protocol; `false`: see {@linkcode fault}. The frames before the
   * fault are in the run all the same.
   */
  advance(count: number): boolean {
    this.#filled += count;
    this.frames = 0;
    this.controlFrames = 0;
    if (this.fault !== undefined) return false;
    const filled = this.#filled;
    let at = this.end;
    const frame = this.#frame.over(this.bytes, this.words, at, filled);
    while (filled - at >= FRAME_HEADER_BYTES) {
      frame.to(at);
      const { length, kind, flags, reserved, load, next } = frame;
      if (length < FRAME_HEADER_BYTES || length > FRAME_MAX_BYTES) {
        return this.#fail("length", length, at);
      }
      if (LINK_KINDS[kind] === 0) return this.#fail("kind", kind, at);
      if ((flags & ~FLAGS_MASK) !== 0) return this.#fail("flags", flags, at);
      if (reserved !== 0) return this.#fail("reserved", reserved, at);
      if (load !== 0 && (kind < FrameKind.REPLY || kind > FrameKind.ERROR)) {
        return this.#fail("load", load, at);
      }
      if (next > filled) break;
      at = next;
      this.frames++;
      if (kind >= CONTROL_KIND_MIN) this.controlFrames++;
    }
    this.end = at;
    return true;
  }

  /** Forgets what was read: whatever still comes does not matter any more. */
  clear(): void {
    this.#filled = 0;
    this.start = 0;
    this.end = 0;
  }

  #fail(field: FrameFault["field"], seen: number, at: number): false {
    this.end = at;
    this.fault = { field, seen, at: this.#before + at };
    return false;
  }
}
