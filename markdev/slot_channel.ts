/**
 * One side's end of a slot as an event source: what arrives is drained in bursts, what leaves is
 * published in bursts, and in between the side sleeps on its mark.
 *
 * @module
 */
import type { AnySlotEnd } from "../shm/slot_end.ts";
import type { MarkDevice } from "./mark_device.ts";
import { FrameQueue } from "../wire/frame_queue.ts";
import { BURSTS_PER_TURN_MAX, INBOX_BYTES } from "../limits.ts";
import { type FrameReceiver, SlotInbox } from "./slot_inbox.ts";

/** Who gets what arrives in a slot. */
export interface SlotReceiver {
  /**
   * A burst of whole, checked frames.
   *
   * @param bytes The buffer they are in; it is used again as soon as this returns.
   * @param words The same memory in 32-bit words.
   * @param start Offset of the first frame, a multiple of 16.
   * @param end Offset behind the last frame's padding.
   */
  frames(bytes: Uint8Array, words: Uint32Array, start: number, end: number): void;
  /** Frames that waited have left: there is room for more. */
  room?(): void;
  /** The slot's content makes no sense: this channel is stopped. */
  fault(error: Error): void;
}

/** Times a flush stands back for replies that are still being made in the same burst. */
const FLUSH_PATIENCE = 4;

// All channels of a process take turns on one inbox: a burst is worked off before the next is drained.
const inbox = new Uint8Array(INBOX_BYTES);
const inboxWords = new Uint32Array(inbox.buffer);

// User code of the same process may replace it.
const { queueMicrotask } = globalThis;

/** A slot end, its mark, and the queue of what is to be sent. */
export class SlotChannel implements Disposable {
  /** Frames to be published with the next burst; append, then {@linkcode schedule}. */
  readonly queue: FrameQueue;
  readonly #end: AnySlotEnd;
  readonly #device: MarkDevice;
  readonly #receiver: SlotReceiver;
  readonly #watch: Disposable;
  readonly #requests: FrameReceiver | undefined;
  readonly #inbox: SlotInbox | undefined;
  #scheduled = false;
  #patience = 0;
  #seenAppended = 0;
  /** True while {@linkcode #turn} is under way or sure to come: it will look at the queue itself. */
  #awake = false;
  #closed = false;

  /**
   * @param end This side's end of the slot.
   * @param device Where alerts come from.
   * @param receiver Who gets what arrives.
   * @param maxQueueBytes Most bytes that may wait to be sent.
   * @param requests Gets what arrives frame by frame, requests when it is ready for them. Absent: the receiver
   *   gets it in bursts.
   */
  constructor(
    end: AnySlotEnd,
    device: MarkDevice,
    receiver: SlotReceiver,
    maxQueueBytes: number,
    requests?: FrameReceiver,
  ) {
    this.#requests = requests;
    this.#inbox = requests === undefined ? undefined : new SlotInbox(end);
    this.#end = end;
    this.#device = device;
    this.#receiver = receiver;
    this.queue = new FrameQueue(maxQueueBytes);
    this.#watch = device.watch(end.eventFd, this.#alerted);
  }

  /** The slot end underneath. */
  get end(): AnySlotEnd {
    return this.#end;
  }

  /** Takes the first look at the slot: what was sent before anybody listened, and goes to sleep. */
  start(): void {
    this.#alerted();
  }

  /** Sends what was appended, once, when the work of this burst is done. */
  schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#patience = FLUSH_PATIENCE;
    this.#seenAppended = this.queue.appendedBytes;
    queueMicrotask(this.#flushSoon);
  }

  /** Sends what was appended now. */
  flush(): void {
    if (this.#closed || this.queue.queuedBytes === 0) return;
    try {
      this.#write();
      if (this.queue.queuedBytes > 0 && !this.#awake) this.#turn();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Stops; what waits is forgotten. The slot end itself is the caller's to dispose of. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch[Symbol.dispose]();
    this.queue.clear();
  }

  // While promise callbacks of the same burst go on appending, publishing would only be early.
  readonly #flushSoon = () => {
    const appended = this.queue.appendedBytes;
    if (appended !== this.#seenAppended && this.#patience-- > 0) {
      this.#seenAppended = appended;
      queueMicrotask(this.#flushSoon);
      return;
    }
    this.#scheduled = false;
    this.flush();
  };

  readonly #alerted = () => {
    if (!this.#awake && !this.#closed) this.#turn();
  };

  readonly #nextTurn = () => {
    if (!this.#closed) this.#turn();
  };

  /** Sends and drains until there is nothing to do, then sleeps; gives way to other events in between. */
  #turn(): void {
    this.#awake = true;
    try {
      for (let burst = 0; burst < BURSTS_PER_TURN_MAX; burst++) {
        if (this.queue.queuedBytes > 0) this.#write();
        const received = this.#receive();
        if (this.#closed) return;
        if (received === "worked") continue;
        if (received === "waiting") break;
        // What waits is whole frames: the first word of one is its length.
        const waiting = this.queue.queuedBytes > 0 ? this.queue.words[this.queue.head >> 2]! : 0;
        if (this.#end.prepareSleep(waiting) === 0) {
          this.#awake = false;
          return;
        }
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#device.nextTurn(this.#nextTurn);
  }

  /** Works on what has arrived. `"waiting"`: requests have, which get their turn later. */
  #receive(): "nothing" | "worked" | "waiting" {
    if (this.#inbox === undefined) {
      const drained = this.#end.read(inbox);
      if (drained === 0) return "nothing";
      this.#receiver.frames(inbox, inboxWords, 0, drained);
      return "worked";
    }
    if (this.#inbox.take() === 0 && !this.#inbox.waiting) return "nothing";
    if (this.#requests !== undefined) this.#inbox.give(this.#requests);
    return this.#inbox.waiting ? "waiting" : "worked";
  }

  #write(): void {
    const queue = this.queue;
    const consumed = this.#end.write(queue.bytes, queue.head, queue.tail);
    if (consumed > 0) {
      queue.consume(consumed);
      this.#receiver.room?.();
    }
  }

  #fail(error: unknown): void {
    this[Symbol.dispose]();
    this.#receiver.fault(error instanceof Error ? error : new Error(String(error)));
  }
}
