/**
 * The proxy's end of one attached slot.
 *
 * @module
 */
import { SLOT_QUEUE_CONTROL_MAX_BYTES } from "../../limits.ts";
import type { MarkDevice } from "../../markdev/mark_device.ts";
import { SlotChannel, type SlotReceiver } from "../../markdev/slot_channel.ts";
import type { AnySlotEnd } from "../../shm/slot_end.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import type { FrameQueue } from "../../wire/frame_queue.ts";
import { FrameView } from "../../wire/frame_view.ts";
import { Port } from "../switchboard/port.ts";
import type { ProxyCall } from "../switchboard/call.ts";
import type { Switchboard } from "../switchboard/switchboard.ts";

/** What a slot's port needs of the proxy. */
export interface SlotPortOptions {
  /** The proxy's end. */
  readonly end: AnySlotEnd;
  /** Where alerts come from. */
  readonly device: MarkDevice;
  /** Where frames of calls go. */
  readonly switchboard: Pick<Switchboard, "frames">;
  /** Data is refused while more than this waits. */
  readonly queueMaxBytes: number;
  /** A frame that is about the process itself (kinds 32 and up); it holds until this returns. */
  control(frame: FrameView): void;
  /** The slot's content makes no sense. */
  fault(error: Error): void;
}

/** The first kind that is about a process and not about a call. */
const FIRST_CONTROL_KIND = FrameKind.READY;

/** The port of a process's calls: reads its slot, and knows which requests the process has not begun. */
export class SlotPort extends Port implements SlotReceiver, Disposable {
  readonly kind = "slot";
  readonly label: string;
  readonly maxFrameBytes: number;
  readonly queueMaxBytes: number;
  readonly knowsDeadlines = true;
  readonly knowsSuspects = true;
  // A process may be busy with it for as long as it lives.
  readonly endsCancelled = false;
  readonly unknownHeadFlags = 0;
  /** The slot's index. */
  readonly index: number;
  /** The slot's generation. */
  readonly generation: number;
  readonly #options: SlotPortOptions;
  readonly #channel: SlotChannel;
  #closed = false;
  /** Stream ids of requests that the process had not read at {@linkcode #lookedMs}. */
  readonly #unread = new Set<number>();
  /** Bytes of the queue that had left when the process died; before, the queue knows. */
  #leftBytes: number | undefined;
  /** When the slot was looked at last; `Infinity`: for the last time, since the process is dead. */
  #lookedMs = -Infinity;
  readonly #frame = new FrameView();

  /** @param options The rest of the proxy. */
  constructor(options: SlotPortOptions) {
    super();
    this.#options = options;
    this.queueMaxBytes = options.queueMaxBytes;
    const { end } = options;
    this.index = end.index;
    this.generation = end.generation;
    this.label = `slot ${end.index}`;
    this.maxFrameBytes = end.maxFrameBytes;
    this.#channel = new SlotChannel(end, options.device, this, SLOT_QUEUE_CONTROL_MAX_BYTES);
  }

  /** Takes the first look at the slot. */
  start(): void {
    this.#channel.start();
  }

  /** The proxy's end of the slot. */
  get end(): AnySlotEnd {
    return this.#options.end;
  }

  get queue(): FrameQueue {
    return this.#channel.queue;
  }

  schedule(): void {
    this.#channel.schedule();
  }

  frames(bytes: Uint8Array, words: Uint32Array, start: number, end: number): void {
    // Control frames are rare: a burst without one goes to the switchboard as it is.
    let from = start;
    const frame = this.#frame.over(bytes, words, start, end);
    while (frame.advance()) {
      if (frame.kind < FIRST_CONTROL_KIND) continue;
      if (frame.at > from) this.#options.switchboard.frames(this, bytes, words, from, frame.at);
      from = frame.next;
      this.#options.control(frame);
      // What it said has cost it the slot.
      if (this.#closed) return;
    }
    if (end > from) this.#options.switchboard.frames(this, bytes, words, from, end);
  }

  fault(error: Error): void {
    this.#options.fault(error);
  }

  /**
   * Takes in what the process, which is dead now, sent last: replies above all. Notes what it had not read.
   *
   * @param heard Whether what it sent last still counts.
   */
  processDied(heard: boolean): void {
    if (heard) this.#drainLast();
    this.#leftBytes = this.#left();
    this.#look(Infinity);
  }

  localDeadline(deadline: number): number {
    return deadline;
  }

  unread(call: ProxyCall, nowMs: number): boolean {
    if (call.requestEndBytes >= (this.#leftBytes ?? this.#left())) return true;
    if (this.#lookedMs < nowMs) this.#look(nowMs);
    return this.#unread.has(call.id);
  }

  /** A process looks at the same clock before it begins a call, and lets go of what is late. */
  withdraw(call: ProxyCall, nowMs: number): boolean {
    return this.unread(call, nowMs);
  }

  #left(): number {
    return this.queue.appendedBytes - this.queue.queuedBytes;
  }

  /** Notes which requests lie in the slot. A process releases a request only when it begins it. */
  #look(nowMs: number): void {
    this.#lookedMs = nowMs;
    this.#unread.clear();
    try {
      const unread = this.end.unread();
      const words = new Uint32Array(unread.buffer, unread.byteOffset, unread.byteLength >> 2);
      const frame = new FrameView().over(unread, words, 0, unread.length);
      while (frame.advance()) {
        // Without its last frame a handler does not begin.
        if (frame.kind === FrameKind.REQUEST && (frame.flags & FrameFlag.LAST) !== 0) {
          this.#unread.add(frame.stream);
        }
      }
    } catch {
      // It left nonsense behind: nothing is proven then.
    }
  }

  #drainLast(): void {
    const bytes = new Uint8Array(this.maxFrameBytes);
    const words = new Uint32Array(bytes.buffer);
    try {
      // A process that is only thought to be dead must not keep the proxy here: one space, and no more.
      for (let rest = this.end.spaceBytes; rest > 0;) {
        const drained = this.end.read(bytes);
        if (drained === 0) return;
        this.frames(bytes, words, 0, drained);
        rest -= drained;
      }
    } catch {
      // It left nonsense behind; it is gone already.
    }
  }

  /** Stops listening; the slot end itself is the segment's. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#channel[Symbol.dispose]();
  }
}
