/**
 * One attempt of a call: one stream, from its request to its last frame.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { assembledMaxBytes, Assembler } from "../wire/assembler.ts";
import { parseErrorBody, type ReceivedError } from "../wire/error_body.ts";
import { FrameFlag } from "../wire/frame.ts";
import type { FrameView } from "../wire/frame_view.ts";
import { noTransition } from "../transition.ts";
import { CallerStream, type CallMultiplexer } from "../endpoint/call_multiplexer.ts";
import { decodePayload } from "../endpoint/codec.ts";
import { CreditCounter } from "../endpoint/credit_counter.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;
const LAST_OF_ALL = FrameFlag.LAST | FrameFlag.END;

/** The call that an attempt is made for. */
export interface AttemptOwner {
  /** What is called. */
  readonly target: string;
  /** Largest payload, in bytes. */
  readonly messageBytes: number;
  /** Whether its outcome is known. */
  readonly settled: boolean;
  /** Whether it still waits for replies; asked for each that comes. */
  waitsForReplies(): boolean;
  /** Its reply, and the only one. */
  replied(value: unknown): void;
  /** An item of its stream, and what {@linkcode Attempt.taken} wants to know when it was taken. */
  gave(item: unknown, cost: number): void;
  /** There are no more items. */
  gaveAll(): void;
  /** The other side ended the attempt with an error. */
  refused(received: ReceivedError): void;
  /** The reply cannot be read. */
  unreadable(error: MeshError): void;
  /** The call ends, whatever its attempt still says. */
  fail(error: MeshError): void;
}

/**
 * State of an attempt. Successors:
 *
 * ```text
 * silent    → answering | over    (nothing has come back)
 * answering → over                (a part of a message has come, or items of a stream)
 * over                            (the other side has ended it)
 * ```
 */
export type AttemptState = "silent" | "answering" | "over";

/** The stream of one attempt: it collects the reply, or the items, and tells the call how it ended. */
export class Attempt extends CallerStream {
  readonly #call: AttemptOwner;
  readonly #streams: Pick<CallMultiplexer, "grant">;
  #state: AttemptState = "silent";
  #assembler: Assembler | undefined;
  #credit: CreditCounter | undefined;

  /**
   * @param call The call.
   * @param streams Where credit is given back; they will give it its stream id.
   */
  constructor(call: AttemptOwner, streams: Pick<CallMultiplexer, "grant">) {
    super(-1);
    this.#call = call;
    this.#streams = streams;
  }

  get target(): string {
    return this.#call.target;
  }

  get settled(): boolean {
    return this.#call.settled;
  }

  /** See {@linkcode AttemptState}. */
  get state(): AttemptState {
    return this.#state;
  }

  fail(error: MeshError): void {
    this.#call.fail(error);
  }

  /** A fragment of a reply came. silent, answering → answering; with the last one of the only reply → over. */
  reply(frame: FrameView): void {
    const call = this.#call;
    const { flags, bodyBytes } = frame;
    if ((flags & LAST_OF_ALL) === LAST_OF_ALL) this.#over();
    else this.#answering();
    if (!call.waitsForReplies()) return;
    let owned = false;
    let { bytes, start, end } = frame;
    if ((flags & WHOLE) !== WHOLE) {
      const assembler = this.#assembler ??= new Assembler(assembledMaxBytes(call.messageBytes));
      const state = assembler.push(frame);
      if (state === "fault") {
        const text = `the reply of ${call.target} is broken: ${assembler.fault}`;
        return call.unreadable(new MeshError("DATA_LOSS", text, { target: call.target }));
      }
      if (state === "incomplete") {
        return this.#grant(this.#counter().fragment(bodyBytes));
      }
      ({ bytes, start, end, owned } = assembler);
    }
    let value: unknown;
    try {
      value = owned && flags & FrameFlag.BYTES
        ? bytes.subarray(start, end)
        : decodePayload(bytes, start, end, flags);
    } catch (error) {
      return call.unreadable(error as MeshError);
    }
    if (this.#state === "over") call.replied(value);
    else call.gave(value, this.#counter().completed(bodyBytes));
  }

  /** The items have ended. silent, answering → over. */
  ended(): void {
    this.#over();
    if (this.#call.waitsForReplies()) this.#call.gaveAll();
  }

  /** A fragment of an error came. silent, answering → answering; with the last one → over. */
  error(frame: FrameView): void {
    const call = this.#call;
    if ((frame.flags & FrameFlag.LAST) !== 0) this.#over();
    else this.#answering();
    if (call.settled) return;
    const assembler = this.#assembler = frame.flags & FrameFlag.FIRST
      ? new Assembler(assembledMaxBytes(call.messageBytes))
      : this.#assembler ?? new Assembler(0);
    const state = assembler.push(frame);
    if (state === "incomplete") return;
    call.refused(
      state === "fault"
        ? parseErrorBody(frame.bytes, frame.start, frame.start, call.target)
        : parseErrorBody(assembler.bytes, assembler.start, assembler.end, call.target),
    );
  }

  /** The reader has taken an item of this cost. */
  taken(cost: number): void {
    this.#grant(this.#counter().taken(cost));
  }

  #answering(): void {
    if (this.#state === "over") throw noTransition("an attempt", this.#state, "answering");
    this.#state = "answering";
  }

  #over(): void {
    if (this.#state === "over") throw noTransition("an attempt", this.#state, "over once more");
    this.#state = "over";
  }

  #grant(bytes: number): void {
    if (bytes > 0) this.#streams.grant(this, bytes);
  }

  #counter(): CreditCounter {
    return this.#credit ??= new CreditCounter();
  }
}
