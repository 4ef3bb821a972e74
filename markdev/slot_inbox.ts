/**
 * What a process has taken out of its slot: frames in their order, of which requests may wait for their turn.
 *
 * The proxy sees a request as unread until it is released, which happens when its handler begins: so it knows
 * of every request whether it can have begun, also after the process's death, and requests wait where their
 * deadline can be checked last. All other frames are worked on at once.
 *
 * @module
 */
import { FRAME_MAX_BYTES } from "../limits.ts";
import type { AnySlotEnd } from "../shm/slot_end.ts";
import { Flag, Kind, paddedBytes } from "../wire/frame.ts";

/** Who works on frames. */
export interface FrameReceiver {
  /**
   * A frame.
   *
   * @param kind Its kind.
   * @param flags Its flags.
   * @param stream Its stream id.
   * @param bytes The buffer it is in, which is used again as soon as this returns.
   * @param start Offset of the body.
   * @param end Offset behind it.
   */
  frame(
    kind: number,
    flags: number,
    stream: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
  /** A turn begins. */
  turn(): void;
  /** Whether the next request may begin in this turn; `false`: others get theirs first. */
  ready(): boolean;
}

/** Bytes taken at once beside what waits. */
const ROOM_BYTES = 4 * FRAME_MAX_BYTES;

/** See the module's description. */
export class SlotInbox {
  readonly #end: AnySlotEnd;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #words: Uint32Array<ArrayBuffer>;
  /** Offset of the first frame that is not released. */
  #from = 0;
  /** Offset behind the last frame that was looked at; requests before it may wait. */
  #seen = 0;
  /** Offset behind the last frame. */
  #to = 0;
  /** The position in the space of the frame at `#from`. */
  #position = 0;

  /** @param end The process's end of its slot, of which nothing was read. */
  constructor(end: AnySlotEnd) {
    this.#end = end;
    this.#bytes = new Uint8Array(end.maxFrameBytes + ROOM_BYTES);
    this.#words = new Uint32Array(this.#bytes.buffer);
  }

  /** Whether requests wait. */
  get waiting(): boolean {
    return this.#from < this.#to;
  }

  /**
   * Takes what is there, if there is room for it.
   *
   * @returns Bytes taken.
   * @throws {SlotFault} When the slot's content makes no sense.
   */
  take(): number {
    if (this.#from > 0) {
      this.#bytes.copyWithin(0, this.#from, this.#to);
      this.#seen -= this.#from;
      this.#to -= this.#from;
      this.#from = 0;
    }
    if (this.#bytes.length - this.#to < this.#end.maxFrameBytes) return 0;
    const taken = this.#end.take(this.#bytes.subarray(this.#to));
    this.#to += taken;
    return taken;
  }

  /**
   * Gives out what was taken: requests in their order while they may begin, everything else at once.
   *
   * @param receiver Works on the frames; what it throws comes out here, and the frame counts as given.
   * @throws {SlotFault} When the slot is broken.
   */
  give(receiver: FrameReceiver): void {
    const bytes = this.#bytes;
    const words = this.#words;
    let held = false;
    receiver.turn();
    for (let at = this.#from; at < this.#to;) {
      const word = at >> 2;
      const length = words[word]!;
      const kindAndFlags = words[word + 1]!;
      const kind = kindAndFlags & 0xff;
      const flags = (kindAndFlags >> 8) & 0xff;
      const start = at;
      const next = at + paddedBytes(length);
      at = next;
      const isRequest = kind === Kind.REQUEST;
      const seen = start < this.#seen;
      if (isRequest && !held && !receiver.ready()) held = true;
      if (isRequest ? held : seen) {
        if (!held) this.#pass(next);
        if (next > this.#seen) this.#seen = next;
        continue;
      }
      if (next > this.#seen) this.#seen = next;
      if (!held) {
        this.#pass(next);
        // Its handler begins: from now on it may have done something.
        if (isRequest && (flags & Flag.LAST) !== 0) this.#end.release(this.#position);
      }
      receiver.frame(kind, flags, words[word + 2]!, bytes, start + 16, start + length);
    }
    if (held) this.#end.release(this.#position);
    else this.#position = this.#end.releaseAll();
  }

  /** The frames up to this offset are done with. */
  #pass(next: number): void {
    this.#position = this.#end.nextPosition(this.#position, next - this.#from);
    this.#from = next;
  }
}
