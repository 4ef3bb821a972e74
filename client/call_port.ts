/**
 * All calls a process makes: their stream ids, their frames, their deadlines.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { CONTROL_BODY_MAX_BYTES, HEDGE_BUDGET_MIN, HEDGE_BUDGET_RATIO } from "../limits.ts";
import type { SlotChannel } from "../markdev/slot_channel.ts";
import { RetryBudget } from "../routing/retry_budget.ts";
import { Assembler } from "../wire/assembler.ts";
import { Flag, Kind } from "../wire/frame.ts";
import { encodeRequestHead, type RequestHead, requestHeadBytes } from "../wire/request_head.ts";
import { StreamTable } from "../wire/stream_table.ts";
import { encodePayload, payloadFlags } from "./codec.ts";
import { DeadlineWheel } from "./deadline_wheel.ts";
import { type MessageSender, OutStream } from "./message_sender.ts";
import type { OutgoingCall } from "./outgoing_call.ts";

/** Pause before a second retry, in ms; the first comes at once. */
const RETRY_PAUSE_MS = 20;

// deno-lint-ignore no-explicit-any -- calls of any type
type AnyCall = OutgoingCall<any>;

interface Question {
  readonly answer: PromiseWithResolvers<unknown>;
  readonly assembler: Assembler;
}

/** See the module's description. */
export class CallPort implements Disposable {
  /** Largest payload, in bytes. */
  readonly messageBytes: number;
  /** Frames for calls that had ended. */
  lateFrames = 0;
  readonly #channel: SlotChannel;
  readonly #sender: MessageSender;
  readonly #wheel = new DeadlineWheel();
  readonly #budget = new RetryBudget();
  /** Hedges that may still be sent: at most 5 % more calls. */
  readonly hedgeBudget = new RetryBudget(HEDGE_BUDGET_RATIO, HEDGE_BUDGET_MIN);
  /** Calls by stream id; an ended call keeps its id until the other side has ended it, too. */
  readonly #calls = new StreamTable<AnyCall>();
  readonly #head: RequestHead = {
    target: "",
    attempt: 0,
    timeoutMs: 0,
    requestIdHigh: 0,
    requestIdLow: 0,
    serverHash: 0,
    metadataBytes: 0,
  };
  readonly #idHigh = crypto.getRandomValues(new Uint32Array(1))[0]!;
  #idLow = 0;
  #closed: MeshError | undefined;
  #lastQuestion = 0;
  readonly #questions = new Map<number, Question>();

  /**
   * @param channel The process's channel.
   * @param sender Its sender.
   * @param messageBytes Largest payload, in bytes.
   */
  constructor(channel: SlotChannel, sender: MessageSender, messageBytes: number) {
    this.#channel = channel;
    this.#sender = sender;
    this.messageBytes = messageBytes;
  }

  /** Calls that the other side has not ended. */
  get openCalls(): number {
    return this.#calls.size;
  }

  /** Sends a call's request for the first time. */
  begin(call: AnyCall): void {
    this.#budget.called();
    if (call.hedgeOf === undefined) this.hedgeBudget.called();
    if (this.#send(call) && !call.settled) this.#wheel.set(call, call.request.deadlineMs);
  }

  /** Whether a call may be tried once more; takes from the budget when it may. */
  mayRetry(call: AnyCall): boolean {
    return performance.now() < call.request.deadlineMs && this.#budget.tryRetry();
  }

  /** Sends a call's request once more. */
  beginAgain(call: AnyCall): void {
    call.out = null;
    if (call.attempt === 1) return void this.#send(call);
    setTimeout(() => {
      if (!call.settled) this.#send(call);
    }, RETRY_PAUSE_MS * (0.5 + Math.random()));
  }

  /**
   * Puts a question to the proxy.
   *
   * @param question Plain data.
   * @returns The answer, plain data.
   */
  ask(question: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const stream = ++this.#lastQuestion >>> 0;
    const out = new OutStream(stream);
    out.credit = Infinity;
    const body = new TextEncoder().encode(JSON.stringify(question));
    this.#sender.send(out, Kind.ASK, 0, null, body, false, false);
    const answer = Promise.withResolvers<unknown>();
    this.#questions.set(stream, { answer, assembler: new Assembler(CONTROL_BODY_MAX_BYTES) });
    return answer.promise;
  }

  /** A fragment of an answer of the proxy arrived. */
  answered(flags: number, stream: number, bytes: Uint8Array, start: number, end: number): void {
    const question = this.#questions.get(stream);
    if (question === undefined) return;
    const { assembler, answer } = question;
    const state = assembler.push(flags, bytes, start, end);
    if (state === "incomplete") return;
    this.#questions.delete(stream);
    if (state === "fault") {
      return answer.reject(new MeshError("DATA_LOSS", `a broken answer: ${assembler.fault}`));
    }
    const text = new TextDecoder().decode(assembler.bytes.subarray(assembler.start, assembler.end));
    answer.resolve(JSON.parse(text));
  }

  /** Tells the other side that nobody waits for a call any more. */
  cancel(call: AnyCall): void {
    const { out } = call;
    if (out === null || this.#closed || this.#calls.get(out.stream) !== call) return;
    this.#sender.abandon(out);
    this.#channel.queue.reserve(Kind.CANCEL, 0, out.stream, 0);
    this.#channel.schedule();
  }

  /** Allows the other side to send more of a call's reply. */
  grant(call: AnyCall, bytes: number): void {
    const { out } = call;
    if (out === null || this.#closed || this.#calls.get(out.stream) !== call) return;
    this.#channel.queue.appendU32(Kind.REPLY_CREDIT, out.stream, bytes);
    this.#channel.schedule();
  }

  /** A call's outcome is known: it has no deadline any more. */
  settled(call: AnyCall): void {
    this.#wheel.clear(call);
  }

  /** A frame of a call arrived (REPLY, END, ERROR or REQUEST_CREDIT). */
  frame(
    kind: number,
    flags: number,
    stream: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const call = this.#calls.get(stream);
    if (call === undefined) {
      this.lateFrames++;
      return;
    }
    switch (kind) {
      case Kind.REPLY:
        if ((flags & Flag.END) && (flags & Flag.LAST)) this.#remove(call, stream);
        call.onReply(flags, bytes, start, end);
        break;
      case Kind.END:
        this.#remove(call, stream);
        call.onEnd();
        break;
      case Kind.ERROR:
        if (flags & Flag.LAST) this.#remove(call, stream);
        call.onError(flags, bytes, start, end);
        break;
      case Kind.REQUEST_CREDIT:
        if (end - start === 4 && !call.settled) {
          const view = new DataView(bytes.buffer, bytes.byteOffset + start, 4);
          this.#sender.grant(call.out!, view.getUint32(0, true));
        }
        break;
    }
  }

  /** The proxy is gone: every call ends, and every later one at once. */
  close(error: MeshError): void {
    if (this.#closed) return;
    this.#closed = error;
    for (const { answer } of this.#questions.values()) answer.reject(error);
    this.#questions.clear();
    for (const call of this.#calls.values()) {
      if (call.out !== null) this.#sender.abandon(call.out);
      call.fail(error);
    }
  }

  /** Stops the timer; calls under way fail. */
  [Symbol.dispose](): void {
    this.close(new MeshError("CANCELLED", "this process has left the mesh", { started: true }));
    this.#wheel[Symbol.dispose]();
  }

  #remove(call: AnyCall, stream: number): void {
    this.#calls.remove(stream);
    if (call.out !== null && call.out.backlog.length > 0) this.#sender.abandon(call.out);
  }

  #send(call: AnyCall): boolean {
    const { request } = call;
    if (this.#closed) return this.#refuse(call, this.#closed);
    const nowMs = call.attempt === 0 ? request.madeMs : performance.now();
    const timeoutMs = request.deadlineMs - nowMs;
    if (timeoutMs <= 0) {
      return this.#refuse(
        call,
        new MeshError("DEADLINE_EXCEEDED", `${request.target}: no time left to call it`, {
          started: false,
          target: request.target,
        }),
      );
    }
    try {
      const payload = encodePayload(request.input, "input", this.messageBytes);
      const flags = payloadFlags;
      // Reading the input may have run code of the user that aborted the call, or left the mesh.
      if (call.settled) return false;
      if (this.#closed) return this.#refuse(call, this.#closed);
      if (payload.length > this.messageBytes) {
        throw new MeshError(
          "RESOURCE_EXHAUSTED",
          `the input of ${request.target} takes ${payload.length} bytes, limits.messageBytes ` +
            `allows ${this.messageBytes}`,
          { started: false, target: request.target },
        );
      }
      const head = this.#headOf(call, timeoutMs);
      const headBytes = requestHeadBytes(head); // checks the bounds before anything is written
      const stream = this.#calls.add(call);
      if (stream < 0) {
        throw new MeshError("RESOURCE_EXHAUSTED", "this process has too many calls under way", {
          started: false,
          target: request.target,
        });
      }
      const out = call.out = new OutStream(stream);
      if (request.metadata === null) {
        const total = headBytes + payload.length;
        const at = this.#sender.reserve(out, Kind.REQUEST, flags, total);
        if (at >= 0) {
          const { bytes } = this.#channel.queue;
          encodeRequestHead(bytes, at, head);
          bytes.set(payload, at + headBytes);
          return true;
        }
      }
      this.#sendSlowly(call, out, head, headBytes, payload, flags);
      return true;
    } catch (error) {
      return this.#refuse(call, error as MeshError);
    }
  }

  /** Fills the one head that all calls share while they are written. */
  #headOf(call: AnyCall, timeoutMs: number): RequestHead {
    const { request, scope } = call;
    if (call.requestIdLow === 0) {
      call.requestIdHigh = scope.requestIdHigh || this.#idHigh;
      call.requestIdLow = scope.requestIdLow || ++this.#idLow >>> 0;
    }
    const hedged = call.hedgeOf === undefined ? null : call.hedgeOf.out;
    const head = this.#head;
    head.target = request.target;
    head.key = request.key;
    head.keyExplicit = request.keyExplicit;
    head.traceparent = scope.traceparent;
    head.idempotent = request.idempotent;
    head.pinned = request.pinnedHash !== 0;
    head.hedge = hedged !== null;
    head.attempt = call.attempt;
    head.timeoutMs = timeoutMs;
    head.requestIdHigh = call.requestIdHigh;
    head.requestIdLow = call.requestIdLow;
    head.serverHash = hedged !== null ? hedged.stream : request.pinnedHash || call.avoidHash;
    head.metadataBytes = request.metadata === null ? 0 : request.metadata.length;
    return head;
  }

  /** A request that does not go out in one piece at once. */
  #sendSlowly(
    call: AnyCall,
    out: OutStream,
    head: RequestHead,
    headBytes: number,
    payload: Uint8Array,
    flags: number,
  ): void {
    const { metadata, input } = call.request;
    const encodedHead = new Uint8Array(headBytes);
    encodeRequestHead(encodedHead, 0, head);
    if (metadata === null) {
      // What the codec made is in memory that it uses again; bytes of the caller are his to leave alone.
      const copy = payload !== input;
      this.#sender.send(out, Kind.REQUEST, flags, encodedHead, payload, copy, false);
      return;
    }
    const body = new Uint8Array(metadata.length + payload.length);
    body.set(metadata);
    body.set(payload, metadata.length);
    this.#sender.send(out, Kind.REQUEST, flags, encodedHead, body, false, false);
  }

  #refuse(call: AnyCall, error: MeshError): false {
    call.fail(error);
    return false;
  }
}
