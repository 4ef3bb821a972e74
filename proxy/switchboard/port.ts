/**
 * Where a proxy's frames come from and go to: a slot or a link. The switchboard knows nothing else of
 * either.
 *
 * @module
 */
import { FRAME_HEADER_BYTES } from "../../limits.ts";
import { reached } from "../../limits/reached.ts";
import type { FrameQueue } from "../../wire/frame_queue.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import type { FrameView } from "../../wire/frame_view.ts";
import { StreamMap } from "../../wire/stream_table.ts";
import type { ProxyCall } from "./call.ts";

/** A port did what no correct peer does; its owner ends it. */
export class PortFault extends Error {
  override name = "PortFault";
}

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;

/** What is sent in pieces: a frame, or what this proxy makes itself. */
type Message = Pick<FrameView, "kind" | "flags" | "bytes" | "start" | "end">;

/** A slot or a link, as the switchboard sees it. */
export abstract class Port {
  /** What is behind it. */
  abstract readonly kind: "slot" | "link";
  /** For messages: `"slot 3"` or `"link to exec-1"`. */
  abstract readonly label: string;
  /** Largest frame, header included. */
  abstract readonly maxFrameBytes: number;
  /** Data frames are refused while more than this waits. */
  abstract readonly queueMaxBytes: number;
  /** What waits to be sent. */
  abstract readonly queue: FrameQueue;
  /** Calls that came from here, by the stream id they came with. */
  readonly #begun = new StreamMap<ProxyCall>();
  /** Frames refused because the queue was full. */
  refusedFrames = 0;

  /** Whether the other side understands deadlines as points in time; an old peer wants the time that is left. */
  abstract readonly knowsDeadlines: boolean;
  /** Whether the other side understands that a process died. */
  abstract readonly knowsSuspects: boolean;
  /** Whether the other side ends a cancelled call soon, in any case. */
  abstract readonly endsCancelled: boolean;
  /** Flags of a request's head that the other side does not know. */
  abstract readonly unknownHeadFlags: number;

  /**
   * A deadline that came from the other side, on this machine's clock.
   *
   * @param deadline As it came.
   * @param machineMs The time on this machine's monotonic clock, in ms.
   * @throws {PortFault} When it makes no sense.
   */
  abstract localDeadline(deadline: number, machineMs: number): number;

  /** Sends what was appended, when the work of this burst is done. */
  abstract schedule(): void;

  /**
   * Whether the last frame of a call's request provably was not read by the other side.
   *
   * @param call The call.
   * @param nowMs The time: a look at the other side that was taken at this time or later is not taken again.
   */
  abstract unread(call: ProxyCall, nowMs: number): boolean;

  /**
   * Makes sure that a call whose time is over here never begins on the other side.
   *
   * @param call The call; its request was sent whole.
   * @param nowMs As in {@linkcode unread}.
   * @returns `false`: it may begin, or has begun.
   */
  abstract withdraw(call: ProxyCall, nowMs: number): boolean;

  /** Number of calls that came from here and have not ended. */
  get begunCalls(): number {
    return this.#begun.size;
  }

  /** A call came from here. */
  addBegun(call: ProxyCall): void {
    this.#begun.set(call.originStream, call);
  }

  /** The call that came from here with this stream id, if it has not ended. */
  begun(stream: number): ProxyCall | undefined {
    return this.#begun.get(stream);
  }

  /** Whether another call under way has the same index: a caller that reuses a stream id too early. */
  isTaken(stream: number): boolean {
    return this.#begun.isTaken(stream);
  }

  /** A call that came from here has ended. */
  removeBegun(call: ProxyCall): void {
    this.#begun.delete(call.originStream);
  }

  /** A data frame is refused: too much waits. */
  refuseFrame(): void {
    this.refusedFrames++;
    reached(this.kind === "slot" ? "SLOT_QUEUE_MAX_BYTES" : "LINK_QUEUE_MAX_BYTES");
  }

  /** Whether data frames are refused now. */
  get full(): boolean {
    return this.queue.queuedBytes > this.queueMaxBytes;
  }

  /**
   * Appends a copy of a frame under another stream id, in pieces if this side's frames are smaller.
   *
   * @param frame The frame.
   * @param stream The stream id on this side.
   * @param load On a link, in answers: what is told about the answering server, see wire/load.ts.
   */
  forward(frame: FrameView, stream: number, load = 0): void {
    if (frame.length <= this.maxFrameBytes) this.queue.appendCopy(frame, stream, load);
    else this.#appendPieces(frame, stream, load);
    this.schedule();
  }

  /**
   * Appends a message that this proxy makes itself, in pieces if it is larger than a frame of this side.
   *
   * @param kind The kind of its frames.
   * @param stream The stream id on this side.
   * @param body The message.
   * @param load As in {@linkcode forward}.
   */
  send(kind: number, stream: number, body: Uint8Array, load = 0): void {
    const whole = { kind, flags: WHOLE, bytes: body, start: 0, end: body.length };
    this.#appendPieces(whole, stream, load);
    this.schedule();
  }

  /** Tells the other side that nobody waits for a call any more. */
  cancel(stream: number): void {
    this.queue.reserve(FrameKind.CANCEL, 0, stream, 0);
    this.schedule();
  }

  #appendPieces(message: Message, stream: number, load: number): void {
    const { kind, flags, bytes, start, end } = message;
    const bodyMax = this.maxFrameBytes - FRAME_HEADER_BYTES;
    let at = start;
    do {
      const to = Math.min(end, at + bodyMax);
      // FIRST holds for the first piece, LAST and END for the last one, the others for all.
      const held = (at === start ? flags : flags & ~FrameFlag.FIRST) &
        (to === end ? ~0 : ~(FrameFlag.LAST | FrameFlag.END));
      this.queue.append(kind, held, stream, bytes.subarray(at, to), load);
      at = to;
    } while (at < end);
  }
}
