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
import { CallerStream, type CallMultiplexer } from "../endpoint/call_multiplexer.ts";
import { decodePayload } from "../endpoint/codec.ts";
import { CreditCounter } from "../endpoint/credit_counter.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;

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
  /** The reply cannot be read; `over`: the other side has ended the attempt already. */
  unreadable(error: MeshError, over: boolean): void;
  /** The call ends, whatever its attempt still says. */
  fail(error: MeshError): void;
}

/** See the module's description. */
export class Attempt extends CallerStream {
  readonly #call: AttemptOwner;
  readonly #streams: Pick<CallMultiplexer, "grant">;
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

  /** Whether some of a message of several fragments has come. */
  get hasBegunToAnswer(): boolean {
    return this.#assembler !== undefined;
  }

  fail(error: MeshError): void {
    this.#call.fail(error);
  }

  reply(frame: FrameView): void {
    const call = this.#call;
    if (!call.waitsForReplies()) return;
    const { flags, bodyBytes } = frame;
    let owned = false;
    let { bytes, start, end } = frame;
    if ((flags & WHOLE) !== WHOLE) {
      const assembler = this.#assembler ??= new Assembler(assembledMaxBytes(call.messageBytes));
      const state = assembler.push(frame);
      if (state === "fault") {
        const text = `the reply of ${call.target} is broken: ${assembler.fault}`;
        return call.unreadable(new MeshError("DATA_LOSS", text, { target: call.target }), false);
      }
      if (state === "incomplete") {
        return this.#grant(this.#counter().fragment(bodyBytes));
      }
      ({ bytes, start, end, owned } = assembler);
    }
    const over = (flags & FrameFlag.END) !== 0;
    let value: unknown;
    try {
      value = owned && flags & FrameFlag.BYTES
        ? bytes.subarray(start, end)
        : decodePayload(bytes, start, end, flags);
    } catch (error) {
      return call.unreadable(error as MeshError, over);
    }
    if (over) call.replied(value);
    else call.gave(value, this.#counter().completed(bodyBytes));
  }

  ended(): void {
    if (this.#call.waitsForReplies()) this.#call.gaveAll();
  }

  error(frame: FrameView): void {
    const call = this.#call;
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

  #grant(bytes: number): void {
    if (bytes > 0) this.#streams.grant(this, bytes);
  }

  #counter(): CreditCounter {
    return this.#credit ??= new CreditCounter();
  }
}
