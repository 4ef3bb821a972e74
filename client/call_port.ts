/**
 * All calls a process makes: their stream ids, their frames, their deadlines.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { CALLS_MAX, DEADLINE_GRACE_MS, HEDGE_BUDGET_MIN, HEDGE_BUDGET_RATIO } from "../limits.ts";
import type { SlotChannel } from "../markdev/slot_channel.ts";
import { type Outside, randomWord } from "../outside/outside.ts";
import { realOutside } from "../outside/real_outside.ts";
import { textOf } from "../boundary/text.ts";
import { RetryBudget } from "../routing/retry_budget.ts";
import { deadlineTicks } from "../wire/deadline.ts";
import { Flag, Kind } from "../wire/frame.ts";
import type { FrameView } from "../wire/frame_view.ts";
import { encodeRequestHead, type RequestHead, requestHeadBytes } from "../wire/request_head.ts";
import { StreamTable } from "../wire/stream_table.ts";
import { encodePayload, payloadFlags } from "./codec.ts";
import { refusalOf } from "./call_errors.ts";
import { DeadlineWheel } from "./deadline_wheel.ts";
import { type Found, KeyOwners } from "./key_owners.ts";
import { type MessageSender, OutStream } from "./message_sender.ts";
import type { OutgoingCall } from "./outgoing_call.ts";
import { ProxyQuestions } from "./proxy_questions.ts";

/** The number of an attempt has 8 bits in the head. */
const ATTEMPT_SHOWN_MAX = 0xff;

// deno-lint-ignore no-explicit-any -- calls of any type
type AnyCall = OutgoingCall<any>;

/** See the module's description. */
export class CallPort implements Disposable {
  /** Largest payload, in bytes. */
  readonly messageBytes: number;
  /** Its clock and timers. */
  readonly outside: Outside;
  /** Frames for calls that had ended. */
  lateFrames = 0;
  readonly #channel: SlotChannel;
  readonly #sender: MessageSender;
  readonly #wheel: DeadlineWheel;
  readonly #budget = new RetryBudget();
  /** Hedges that may still be sent: at most 5 % more calls. */
  readonly hedgeBudget = new RetryBudget(HEDGE_BUDGET_RATIO, HEDGE_BUDGET_MIN);
  /** Knows whose key is for a function of the user to place. */
  readonly owners = new KeyOwners();
  /** Calls whose key's server is not known yet: nothing of them has been sent. */
  readonly #ownerless = new Set<AnyCall>();
  /** Calls by stream id; an ended call keeps its id until the other side has ended it, too. */
  readonly #calls = new StreamTable<AnyCall>();
  readonly #head: RequestHead = {
    target: "",
    attempt: 0,
    deadline: 0,
    requestIdHigh: 0,
    requestIdLow: 0,
    serverHash: 0,
    metadataBytes: 0,
  };
  readonly #machineOffsetMs: number;
  readonly #idHigh: number;
  #idLow = 0;
  #closed: MeshError | undefined;
  /** What is asked of the proxy beside calls. */
  readonly questions: ProxyQuestions;

  /**
   * @param channel The process's channel.
   * @param sender Its sender.
   * @param messageBytes Largest payload, in bytes.
   * @param outside Clock, timers and chance.
   */
  constructor(
    channel: SlotChannel,
    sender: MessageSender,
    messageBytes: number,
    outside: Outside = realOutside,
  ) {
    this.outside = outside;
    this.#wheel = new DeadlineWheel(outside);
    this.#machineOffsetMs = outside.machineOffsetMs;
    this.#idHigh = randomWord(outside);
    this.#channel = channel;
    this.#sender = sender;
    this.messageBytes = messageBytes;
    this.questions = new ProxyQuestions(sender, outside);
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

  /** Whether a call may be tried once more; takes from the budget when it may, unless it is `free`. */
  mayRetry(call: AnyCall, free: boolean): boolean {
    return this.outside.now() < call.request.deadlineMs &&
      (free || this.#misdirected(call) || this.#budget.tryRetry());
  }

  /**
   * Sends a call's request once more.
   *
   * @param call The call.
   * @param pauseMs In how long, in ms; 0: at once.
   */
  beginAgain(call: AnyCall, pauseMs: number): void {
    call.out = null;
    if (pauseMs === 0) return void this.#send(call);
    this.outside.after(pauseMs, () => {
      if (!call.settled) this.#send(call);
    });
  }

  /**
   * Asks the proxy for its word on a call whose deadline has passed: whether it began. The call's
   * {@linkcode OutgoingCall.due} is called again when that does not come in time.
   *
   * @returns `false`: no attempt is under way.
   */
  askForWord(call: AnyCall): boolean {
    const { out } = call;
    if (out === null || this.#closed || this.#calls.get(out.stream) !== call) return false;
    this.cancel(call);
    if (call.out === null) return false;
    this.#wheel.set(call, this.outside.now() + DEADLINE_GRACE_MS);
    return true;
  }

  /** This process failed at a frame: its call, if it is one of ours, must not wait for it. */
  broken(kind: number, stream: number, error: unknown): void {
    if (kind !== Kind.REPLY && kind !== Kind.END && kind !== Kind.ERROR) return;
    const call = this.#calls.get(stream);
    if (call === undefined) return;
    const message = `${call.request.target}: the reply could not be worked on: ${textOf(error)}`;
    call.fail(new MeshError("INTERNAL", message, { target: call.request.target }));
    this.cancel(call);
  }

  /** Tells the other side that nobody waits for a call any more. */
  cancel(call: AnyCall): void {
    const { out } = call;
    if (out === null || this.#closed || this.#calls.get(out.stream) !== call) return;
    if (out.unsent) {
      // The other side does not know of it, and would never end it.
      call.out = null;
      return this.#remove(out);
    }
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

  /** A call is due at another time, or with `Infinity` at none. */
  dueAt(call: AnyCall, dueMs: number): void {
    this.#wheel.clear(call);
    if (dueMs !== Infinity) this.#wheel.set(call, dueMs);
  }

  /** A call's outcome is known: it has no deadline any more. */
  settled(call: AnyCall): void {
    this.#wheel.clear(call);
    if (this.#ownerless.size > 0) this.#ownerless.delete(call);
  }

  /** A frame of a call arrived (REPLY, END, ERROR or REQUEST_CREDIT). */
  frame(frame: FrameView): void {
    const { kind, flags } = frame;
    const call = this.#calls.get(frame.stream);
    if (call === undefined) {
      this.lateFrames++;
      return;
    }
    switch (kind) {
      case Kind.REPLY:
        if ((flags & Flag.END) && (flags & Flag.LAST)) this.#remove(call.out!);
        call.onReply(frame);
        break;
      case Kind.END:
        this.#remove(call.out!);
        call.onEnd();
        break;
      case Kind.ERROR:
        if (flags & Flag.LAST) this.#remove(call.out!);
        call.onError(frame);
        break;
      case Kind.REQUEST_CREDIT:
        if (frame.number !== undefined && !call.settled) {
          this.#sender.grant(call.out!, frame.number);
        }
        break;
    }
  }

  /** The proxy is gone: every call ends, and every later one at once. */
  close(error: MeshError): void {
    if (this.#closed) return;
    this.#closed = error;
    this.questions.close(error);
    for (const call of this.#calls.values()) {
      if (call.out !== null) this.#sender.abandon(call.out);
      call.fail(error);
    }
    for (const call of this.#ownerless) call.fail(error);
  }

  /** Stops the timer; calls under way fail. */
  [Symbol.dispose](): void {
    this.close(new MeshError("CANCELLED", "this process has left the mesh", { started: true }));
    this.#wheel[Symbol.dispose]();
  }

  #remove(out: OutStream): void {
    this.#calls.remove(out.stream);
    if (out.backlog.length > 0) this.#sender.abandon(out);
  }

  #send(call: AnyCall): boolean {
    const { request } = call;
    if (this.#closed) return this.#refuse(call, this.#closed);
    if (this.owners.active && call.owner === null && !this.#findOwner(call)) return !call.settled;
    const first = call.attempt === 0 && call.owner === null;
    const nowMs = first ? request.madeMs : this.outside.now();
    if (request.deadlineMs <= nowMs) {
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
      const head = this.#headOf(call);
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
      return this.#refuse(call, refusalOf(error, request.target));
    }
  }

  /** `false`: the call's key is with a function of the user; the call is sent, or ended, by its answer. */
  #findOwner(call: AnyCall): boolean {
    const { request } = call;
    if (call.hedgeOf !== undefined || this.outside.now() >= request.deadlineMs) return true;
    const found = this.owners.find(request, call.scope);
    if (!(found instanceof Promise)) return found === null || this.#placed(call, found);
    if (this.#ownerless.size >= CALLS_MAX) {
      return this.#refuse(
        call,
        new MeshError("RESOURCE_EXHAUSTED", "this process has too many calls under way", {
          started: false,
          target: request.target,
        }),
      );
    }
    this.#ownerless.add(call);
    void found.then((answer) => {
      if (!this.#ownerless.delete(call) || call.settled) return;
      if (this.#placed(call, answer)) this.#send(call);
    });
    return false;
  }

  /** A key's server is known, or that there is none. */
  #placed(call: AnyCall, found: Found): boolean {
    if (found instanceof MeshError) return this.#refuse(call, found);
    call.owner = found;
    return true;
  }

  /** It was sent before this process knew that its group had got a key module: that costs no retry. */
  #misdirected(call: AnyCall): boolean {
    return this.owners.active && call.owner === null && this.owners.places(call.request);
  }

  /** Fills the one head that all calls share while they are written. */
  #headOf(call: AnyCall): RequestHead {
    const { request, scope } = call;
    if (call.requestIdLow === 0) {
      call.requestIdHigh = scope.requestIdHigh || this.#idHigh;
      call.requestIdLow = scope.requestIdLow || ++this.#idLow >>> 0;
    }
    const hedged = call.hedgeOf === undefined ? null : call.hedgeOf.out;
    const pinnedHash = call.owner === null ? request.pinnedHash : call.owner.hash;
    const head = this.#head;
    head.target = request.target;
    head.key = request.key;
    head.keyExplicit = request.keyExplicit;
    head.traceparent = scope.traceparent;
    head.idempotent = request.idempotent;
    head.pinned = pinnedHash !== 0;
    head.hedge = hedged !== null;
    head.suspect = call.suspect;
    head.firstReply = request.firstReply;
    head.attempt = Math.min(call.attempt, ATTEMPT_SHOWN_MAX);
    head.deadline = deadlineTicks(request.deadlineMs + this.#machineOffsetMs);
    head.requestIdHigh = call.requestIdHigh;
    head.requestIdLow = call.requestIdLow;
    head.serverHash = hedged !== null ? hedged.stream : pinnedHash || call.avoidHash;
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
    const { metadata, input, target } = call.request;
    out.onBroken = () => {
      call.fail(changedWhileSent(target));
      this.cancel(call);
    };
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

/** A buffer that the caller has detached or resized; its handler never gets the whole of it. */
function changedWhileSent(target: string): MeshError {
  return new MeshError(
    "INVALID_ARGUMENT",
    `the input of ${target} was changed while it was sent: its buffer was detached or resized`,
    { started: false, target },
  );
}
