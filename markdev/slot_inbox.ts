/**
 * What a process has taken out of its slot: frames in their order, of which requests may wait for their turn.
 *
 * The proxy sees a request as unread until it is released, which happens when its handler begins: so it knows
 * of every request whether it can have begun, also after the process's death, and requests wait where their
 * deadline can be checked last. All other frames are worked on at once.
 *
 * @module
 */
import { INBOX_ROOM_BYTES } from "../limits.ts";
import type { AnySlotEnd } from "../shm/slot_end.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import { FrameView } from "../wire/frame_view.ts";

/** Who works on frames. */
export interface FrameReceiver {
  /** A frame, which holds until this returns. */
  frame(frame: FrameView): void;
  /** A turn begins. */
  turn(): void;
  /** Whether the next request may begin in this turn; `false`: others get theirs first. */
  ready(): boolean;
}

/** Gives a process its frames: requests one by one when they may begin, all others at once. */
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
  readonly #frame = new FrameView();

  /** @param end The process's end of its slot, of which nothing was read. */
  constructor(end: AnySlotEnd) {
    this.#end = end;
    this.#bytes = new Uint8Array(end.maxFrameBytes + INBOX_ROOM_BYTES);
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
    const frame = this.#frame.over(this.#bytes, this.#words, this.#from, this.#to);
    let held = false;
    receiver.turn();
    while (frame.advance()) {
      const { next } = frame;
      const isRequest = frame.kind === FrameKind.REQUEST;
      const seen = frame.at < this.#seen;
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
        if (isRequest && (frame.flags & FrameFlag.LAST) !== 0) this.#end.release(this.#position);
      }
      receiver.frame(frame);
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
