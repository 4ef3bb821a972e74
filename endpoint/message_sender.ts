/**
 * Messages → frames: small ones in one frame at once, large ones in fragments that take turns, as far
 * as their stream's credit goes.
 *
 * @module
 */
import { FRAME_HEADER_BYTES, STREAM_ITEM_MIN_COST_BYTES, STREAM_WINDOW_BYTES } from "../limits.ts";
import type { SlotChannel } from "../markdev/slot_channel.ts";
import type { AnySlotEnd } from "../shm/slot_end.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";

/** Where messages are appended, and frames of which size it takes. */
export type SendingChannel = Pick<SlotChannel, "queue" | "schedule"> & {
  readonly end: Pick<AnySlotEnd, "maxFrameBytes">;
};

interface Message {
  kind: number;
  flags: number;
  head: Uint8Array | null;
  body: Uint8Array;
  /** Bytes of the body when it was given: its owner may shrink or detach the buffer meanwhile. */
  bytes: number;
  cursor: number;
  isItem: boolean;
}

/** Shared by all streams that have nothing to wait for; never changed. */
const NO_MESSAGES: Message[] = [];

/** The sending half of one call: its stream id, its credit, and the messages not wholly sent. */
export class OutStream {
  /** Bytes that may still be sent; may fall below zero by one frame. */
  credit = STREAM_WINDOW_BYTES;
  /** Messages not wholly sent yet, oldest first. */
  backlog: Message[] = NO_MESSAGES;
  /** Whether the sender's list of active streams has this one. */
  active = false;
  /** Called once when the backlog is gone. */
  onSent: (() => void) | null = null;
  /** Called once when a message that waits cannot be sent any more, since its buffer is another one now. */
  onBroken: (() => void) | null = null;
  /** Called once when the backlog is gone and there is credit again. */
  onClear: (() => void) | null = null;

  /** @param stream The stream id of its frames. */
  constructor(public stream: number) {}

  /** Whether nothing of its first message has been sent. */
  get unsent(): boolean {
    return this.backlog[0]?.cursor === 0;
  }

  /** Whether another message would have to wait. */
  get blocked(): boolean {
    return this.credit <= 0 || this.backlog.length > 0;
  }
}

/** Sends the messages of all calls of a process through its channel. */
export class MessageSender {
  readonly #channel: SendingChannel;
  readonly #bodyMax: number;
  readonly #highWater: number;
  /** Streams with a backlog and credit; they take turns. */
  readonly #active: OutStream[] = [];

  /** @param channel The process's channel; call {@linkcode pump} when it has room. */
  constructor(channel: SendingChannel) {
    this.#channel = channel;
    this.#bodyMax = channel.end.maxFrameBytes - FRAME_HEADER_BYTES;
    this.#highWater = 2 * channel.end.maxFrameBytes;
  }

  /**
   * Makes room for a message that goes out whole and at once; the caller writes it in place.
   *
   * @param out The stream.
   * @param kind Kind of its frame.
   * @param flags `BYTES` and `END` as they apply; FIRST and LAST are added.
   * @param bytes Bytes of the message.
   * @returns Where to write in the channel's queue; -1 when it must be sent by {@linkcode send}.
   */
  reserve(out: OutStream, kind: number, flags: number, bytes: number): number {
    if (bytes > this.#bodyMax || out.blocked) return -1;
    const { queue } = this.#channel;
    const at = queue.reserve(kind, flags | FrameFlag.FIRST | FrameFlag.LAST, out.stream, bytes);
    if (at < 0) return -1;
    out.credit -= bytes;
    this.#channel.schedule();
    return at;
  }

  /**
   * Sends a message, or as much of it as may go now; the rest follows by itself. Each item of a stream costs a minimum
   * of credit.
   *
   * @param out The stream.
   * @param kind Kind of its frames.
   * @param flags `BYTES` and `END` as they apply; FIRST and LAST are added. A REPLY without END is an item.
   * @param body The payload. Small ones are copied at once; of a larger one the caller gives up the buffer
   *   (or a copy is made with `copy`).
   * @param copy Whether the buffer will be used again by the caller.
   */
  send(out: OutStream, kind: number, flags: number, body: Uint8Array, copy = false): void {
    const isItem = kind === FrameKind.REPLY && (flags & FrameFlag.END) === 0;
    const at = this.reserve(out, kind, flags, body.length);
    if (at >= 0) {
      if (body.length > 0) this.#channel.queue.bytes.set(body, at);
      if (isItem) out.credit -= Math.max(0, STREAM_ITEM_MIN_COST_BYTES - body.length);
      return;
    }
    const kept = copy ? ownCopy(body) : body;
    this.#wait(out, { kind, flags, head: null, body: kept, bytes: kept.length, cursor: 0, isItem });
  }

  /**
   * Sends a request, or as much of it as may go now; the rest follows by itself.
   *
   * @param out The stream.
   * @param flags `BYTES` as it applies; FIRST and LAST are added.
   * @param head What comes before the payload; must fit the first frame. The caller gives it up.
   * @param body The payload, as of {@linkcode send}.
   * @param copy Whether its buffer will be used again by the caller.
   */
  sendRequest(
    out: OutStream,
    flags: number,
    head: Uint8Array,
    body: Uint8Array,
    copy = false,
  ): void {
    const kind = FrameKind.REQUEST;
    const at = this.reserve(out, kind, flags, head.length + body.length);
    if (at >= 0) {
      const { bytes } = this.#channel.queue;
      bytes.set(head, at);
      if (body.length > 0) bytes.set(body, at + head.length);
      return;
    }
    const kept = copy ? ownCopy(body) : body;
    this.#wait(out, {
      kind,
      flags,
      head,
      body: kept,
      bytes: kept.length,
      cursor: 0,
      isItem: false,
    });
  }

  /** More credit came from the other side. */
  grant(out: OutStream, bytes: number): void {
    // Nobody honest allows more than the window; endless credit would keep this process busy with one stream.
    out.credit = Math.min(out.credit + bytes, Math.max(out.credit, STREAM_WINDOW_BYTES));
    if (out.credit <= 0) return;
    if (out.backlog.length > 0) {
      this.#activate(out);
      this.pump();
    } else this.#clear(out);
  }

  /** Forgets what is not sent yet of a stream. */
  abandon(out: OutStream): void {
    out.backlog = NO_MESSAGES;
    out.onBroken = null;
    out.onSent = null;
    out.onClear = null;
  }

  /** Appends fragments while the queue is short; called when frames have left it. */
  pump(): void {
    const queue = this.#channel.queue;
    while (this.#active.length > 0 && queue.queuedBytes < this.#highWater) {
      const out = this.#active.shift()!;
      out.active = false;
      if (out.backlog.length === 0 || out.credit <= 0) continue;
      const { body, bytes } = out.backlog[0]!;
      if (body.length !== bytes) {
        const { onBroken } = out;
        this.abandon(out);
        onBroken?.();
        continue;
      }
      if (!this.#fragment(out)) break;
      if (out.backlog.length > 0) {
        this.#activate(out);
        continue;
      }
      const { onSent } = out;
      out.onSent = null;
      onSent?.();
      if (out.credit > 0) this.#clear(out);
    }
    if (queue.queuedBytes > 0) this.#channel.schedule();
  }

  /** A message that cannot go out whole and at once. */
  #wait(out: OutStream, message: Message): void {
    if (out.backlog === NO_MESSAGES) out.backlog = [];
    out.backlog.push(message);
    this.#activate(out);
    this.pump();
  }

  #activate(out: OutStream): void {
    if (out.active || out.credit <= 0) return;
    out.active = true;
    this.#active.push(out);
  }

  #clear(out: OutStream): void {
    const { onClear } = out;
    out.onClear = null;
    onClear?.();
  }

  #fragment(out: OutStream): boolean {
    const message = out.backlog[0]!;
    const { head, body } = message;
    const headBytes = head !== null && message.cursor === 0 ? head.length : 0;
    const isFirst = message.cursor === 0;
    const bodyFrom = message.cursor;
    const bodyTo = Math.min(body.length, bodyFrom + this.#bodyMax - headBytes);
    const isLast = bodyTo === body.length;
    const flags = (isLast ? message.flags | FrameFlag.LAST : message.flags & ~FrameFlag.END) |
      (isFirst ? FrameFlag.FIRST : 0);
    const total = headBytes + bodyTo - bodyFrom;
    const queue = this.#channel.queue;
    const at = queue.reserve(message.kind, flags, out.stream, total);
    if (at < 0) {
      this.#activate(out);
      return false;
    }
    if (headBytes > 0) queue.bytes.set(head!, at);
    queue.bytes.set(body.subarray(bodyFrom, bodyTo), at + headBytes);
    message.cursor = bodyTo;
    out.credit -= total;
    if (isLast) {
      out.backlog.shift();
      const sent = body.length + (head?.length ?? 0);
      if (message.isItem && sent < STREAM_ITEM_MIN_COST_BYTES) {
        out.credit -= STREAM_ITEM_MIN_COST_BYTES - sent;
      }
    }
    return true;
  }
}

/** Not a `slice`: that of a `Buffer` is a view and no copy. */
function ownCopy(body: Uint8Array): Uint8Array {
  return new Uint8Array(body);
}
