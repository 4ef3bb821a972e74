/**
 * The calls of a process as streams: many side by side on one slot, each with an id of its own.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import type { FrameView } from "../wire/frame_view.ts";
import { StreamTable } from "../wire/stream_table.ts";
import { type MessageSender, OutStream, type SendingChannel } from "./message_sender.ts";

/** One stream of a process that calls: what it sends, and what becomes of what comes back. */
export abstract class CallerStream extends OutStream {
  /** For errors: what is called. */
  abstract readonly target: string;
  /** A fragment of a reply arrived. */
  abstract reply(frame: FrameView): void;
  /** The replies ended well. */
  abstract ended(): void;
  /** A fragment of an error arrived. */
  abstract error(frame: FrameView): void;
  /** It ends here, whatever the other side still says. */
  abstract fail(error: MeshError): void;
  /** Nobody waits for its end any more. */
  abstract readonly settled: boolean;
}

/** All streams by id; an ended one keeps its id until the other side has ended it, too. */
export class CallMultiplexer {
  /** Frames for streams that had ended. */
  lateFrames = 0;
  readonly #channel: Pick<SendingChannel, "queue" | "schedule">;
  readonly #sender: MessageSender;
  readonly #streams = new StreamTable<CallerStream>();
  #closed = false;

  /**
   * @param channel The process's channel.
   * @param sender Its sender.
   */
  constructor(channel: Pick<SendingChannel, "queue" | "schedule">, sender: MessageSender) {
    this.#channel = channel;
    this.#sender = sender;
  }

  /** Streams that the other side has not ended. */
  get size(): number {
    return this.#streams.size;
  }

  /** Gives a stream its id. `false`: too many are under way. */
  add(stream: CallerStream): boolean {
    const id = this.#streams.add(stream);
    if (id < 0) return false;
    stream.stream = id;
    return true;
  }

  /** A frame of a stream arrived (REPLY, END, ERROR or REQUEST_CREDIT). */
  frame(frame: FrameView): void {
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined) {
      this.lateFrames++;
      return;
    }
    const { flags } = frame;
    switch (frame.kind) {
      case FrameKind.REPLY:
        if ((flags & FrameFlag.END) && (flags & FrameFlag.LAST)) this.#remove(stream);
        stream.reply(frame);
        break;
      case FrameKind.END:
        this.#remove(stream);
        stream.ended();
        break;
      case FrameKind.ERROR:
        if (flags & FrameFlag.LAST) this.#remove(stream);
        stream.error(frame);
        break;
      case FrameKind.REQUEST_CREDIT:
        if (frame.number !== undefined && !stream.settled) this.#sender.grant(stream, frame.number);
        break;
    }
  }

  /** This process failed at a frame: its stream, if it is one of these, must not wait for it. */
  broken(kind: number, id: number, error: unknown): void {
    if (kind !== FrameKind.REPLY && kind !== FrameKind.END && kind !== FrameKind.ERROR) return;
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    const { target } = stream;
    const message = `${target}: the reply could not be worked on: ${textOf(error)}`;
    stream.fail(new MeshError("INTERNAL", message, { target }));
    this.cancel(stream);
  }

  /**
   * Tells the other side that nobody waits for a stream any more.
   *
   * @returns Whether it will still say how the stream ends: not if it does not know of it, or has ended it.
   */
  cancel(stream: CallerStream): boolean {
    if (!this.#holds(stream)) return false;
    if (stream.unsent) {
      // The other side does not know of it, and would never end it.
      this.#remove(stream);
      return false;
    }
    this.#sender.abandon(stream);
    this.#channel.queue.reserve(FrameKind.CANCEL, 0, stream.stream, 0);
    this.#channel.schedule();
    return true;
  }

  /** Allows the other side to send more of a stream's replies. */
  grant(stream: CallerStream, bytes: number): void {
    if (!this.#holds(stream)) return;
    this.#channel.queue.appendU32(FrameKind.REPLY_CREDIT, stream.stream, bytes);
    this.#channel.schedule();
  }

  /** The other side is gone: every stream fails. */
  close(error: MeshError): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of this.#streams.values()) {
      this.#sender.abandon(stream);
      stream.fail(error);
    }
  }

  #holds(stream: CallerStream): boolean {
    return !this.#closed && this.#streams.get(stream.stream) === stream;
  }

  #remove(stream: CallerStream): void {
    this.#streams.remove(stream.stream);
    if (stream.backlog.length > 0) this.#sender.abandon(stream);
  }
}
