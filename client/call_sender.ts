/**
 * Sends the calls of a process: what it asks for becomes an attempt's request, when its server is known, as long as
 * there is time and budget for it.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import {
  ATTEMPT_SHOWN_MAX,
  CALLS_MAX,
  DEADLINE_GRACE_MS,
  HEDGE_BUDGET_MIN,
  HEDGE_BUDGET_RATIO,
} from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { type Outside, randomWord } from "../outside/outside.ts";
import { RetryBudget } from "../routing/retry_budget.ts";
import { deadlineTicks } from "../wire/deadline.ts";
import { FrameKind } from "../wire/frame.ts";
import type { FrameQueue } from "../wire/frame_queue.ts";
import type { KeyGroups } from "../wire/key_groups.ts";
import { encodeRequestHead, type RequestHead, requestHeadBytes } from "../wire/request_head.ts";
import type { Caller, CallerPlace } from "../endpoint/attachment.ts";
import { Attempt } from "./attempt.ts";
import { refusalOf } from "../endpoint/call_errors.ts";
import type { CallMultiplexer } from "../endpoint/call_multiplexer.ts";
import { EncodedPayload, encodePayload } from "../endpoint/codec.ts";
import { DeadlineWheel } from "../endpoint/deadline_wheel.ts";
import { type Found, KeyOwners } from "./key_owners.ts";
import type { MessageSender } from "../endpoint/message_sender.ts";
import type { OutgoingCall } from "./outgoing_call.ts";
import type { ProxyQuestions } from "../endpoint/proxy_questions.ts";

// deno-lint-ignore no-explicit-any -- calls of any type
type AnyCall = OutgoingCall<any>;

/** The calling side of a process; its attachment tells it of changed groups, and of the end. */
export class CallSender implements Caller {
  /** Largest payload, in bytes. */
  readonly messageBytes: number;
  /** Its clock and timers. */
  readonly outside: Outside;
  /** What is asked of the proxy beside calls. */
  readonly questions: ProxyQuestions;
  /** Hedges that may still be sent: at most 5 % more calls. */
  readonly hedgeBudget = new RetryBudget(
    HEDGE_BUDGET_RATIO,
    HEDGE_BUDGET_MIN,
    "HEDGE_BUDGET_RATIO",
  );
  /** Knows whose key is for a function of the user to place. */
  readonly owners = new KeyOwners();
  readonly #queue: FrameQueue;
  readonly #sender: MessageSender;
  readonly #streams: CallMultiplexer;
  readonly #wheel: DeadlineWheel;
  readonly #budget = new RetryBudget();
  /** Calls whose key's server is not known yet: nothing of them has been sent. */
  readonly #ownerless = new Set<AnyCall>();
  readonly #head: RequestHead = {
    target: "",
    attempt: 0,
    deadline: 0,
    requestIdHigh: 0,
    requestIdLow: 0,
    pinnedHash: 0,
    avoidHash: 0,
    hedgedStream: -1,
    metadataBytes: 0,
  };
  readonly #payload = new EncodedPayload();
  readonly #machineOffsetMs: number;
  readonly #idHigh: number;
  #idLow = 0;
  #closed: MeshError | undefined;

  /** @param attachment The process's place in its server. */
  constructor(attachment: CallerPlace) {
    const { outside, welcome } = attachment;
    this.outside = outside;
    this.messageBytes = welcome.messageBytes;
    this.questions = attachment.questions;
    this.#queue = attachment.channel.queue;
    this.#sender = attachment.sender;
    this.#streams = attachment.streams;
    this.#wheel = new DeadlineWheel(outside);
    this.#machineOffsetMs = outside.machineOffsetMs;
    this.#idHigh = randomWord(outside);
    if (welcome.keyGroups !== undefined) void this.owners.change(welcome.keyGroups);
    attachment.caller = this;
  }

  /** Attempts that the other side has not ended. */
  get openCalls(): number {
    return this.#streams.size;
  }

  /** The groups that are keyed by a module are others now; see {@linkcode KeyOwners.change}. */
  groupsChanged(groups: KeyGroups): Promise<string> {
    return this.owners.change(groups);
  }

  /** Sends a call's request for the first time. */
  begin(call: AnyCall): void {
    // Calls pay for retries and hedges; hedges pay for nothing.
    if (call.hedgeOf === undefined) {
      this.#budget.called();
      this.hedgeBudget.called();
    }
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
    call.attempt = null;
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
    if (!this.cancel(call)) return false;
    this.#wheel.set(call, this.outside.now() + DEADLINE_GRACE_MS);
    return true;
  }

  /**
   * Tells the other side that nobody waits for a call any more.
   *
   * @returns Whether it will still say how the attempt under way ends.
   */
  cancel(call: AnyCall): boolean {
    const { attempt } = call;
    if (attempt === null) return false;
    // Of an attempt that was not sent nobody else will ever hear.
    if (attempt.unsent) call.attempt = null;
    return this.#streams.cancel(attempt);
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

  /** The proxy is gone, or this process leaves: nothing is sent any more. */
  close(error: MeshError): void {
    if (this.#closed) return;
    this.#closed = error;
    for (const call of this.#ownerless) call.fail(error);
    this.#wheel[Symbol.dispose]();
  }

  #send(call: AnyCall): boolean {
    const { request } = call;
    if (this.#closed) return this.#refuse(call, this.#closed);
    if (this.owners.active && call.owner === null && !this.#findOwner(call)) return !call.settled;
    const first = call.failedAttempts === 0 && call.owner === null;
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
      const encoded = encodePayload(request.input, "input", this.messageBytes, this.#payload);
      const payload = encoded.take();
      const { flags } = encoded;
      // Reading the input may have run code of the user that aborted the call, or left the mesh.
      if (call.settled) return false;
      if (this.#closed) return this.#refuse(call, this.#closed);
      if (payload.length > this.messageBytes) {
        reached("MESSAGE_DEFAULT_BYTES");
        throw new MeshError(
          "RESOURCE_EXHAUSTED",
          `the input of ${request.target} takes ${payload.length} bytes, limits.messageBytes ` +
            `allows ${this.messageBytes}`,
          { started: false, target: request.target },
        );
      }
      const head = this.#headOf(call);
      const headBytes = requestHeadBytes(head); // checks the bounds before anything is written
      const attempt = new Attempt(call, this.#streams);
      if (!this.#streams.add(attempt)) {
        reached("CALLS_MAX");
        throw new MeshError("RESOURCE_EXHAUSTED", "this process has too many calls under way", {
          started: false,
          target: request.target,
        });
      }
      call.attempt = attempt;
      if (request.metadata === null) {
        const total = headBytes + payload.length;
        const at = this.#sender.reserve(attempt, FrameKind.REQUEST, flags, total);
        if (at >= 0) {
          const { bytes } = this.#queue;
          encodeRequestHead(bytes, at, head);
          bytes.set(payload, at + headBytes);
          return true;
        }
      }
      const encodedHead = new Uint8Array(headBytes);
      encodeRequestHead(encodedHead, 0, head);
      this.#sendSlowly(call, attempt, encodedHead, payload, flags);
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
      reached("CALLS_MAX");
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
    // What it hedges may be between two attempts, or have failed: then it is a call like any other.
    const hedged = call.hedgeOf?.isOut ? call.hedgeOf.attempt : null;
    const head = this.#head;
    head.target = request.target;
    head.key = request.key;
    head.keyExplicit = request.keyExplicit;
    head.traceparent = scope.traceparent;
    head.idempotent = request.idempotent;
    head.pinnedHash = call.owner === null ? request.pinnedHash : call.owner.hash;
    head.avoidHash = call.avoidHash;
    head.hedgedStream = hedged === null ? -1 : hedged.stream;
    head.suspect = call.suspect;
    head.firstReply = request.firstReply;
    head.attempt = Math.min(call.failedAttempts, ATTEMPT_SHOWN_MAX);
    head.deadline = deadlineTicks(request.deadlineMs + this.#machineOffsetMs);
    head.requestIdHigh = call.requestIdHigh;
    head.requestIdLow = call.requestIdLow;
    head.metadataBytes = request.metadata === null ? 0 : request.metadata.length;
    return head;
  }

  /** A request that does not go out in one piece at once. */
  #sendSlowly(
    call: AnyCall,
    attempt: Attempt,
    head: Uint8Array,
    payload: Uint8Array,
    flags: number,
  ): void {
    const { metadata, input, target } = call.request;
    attempt.onBroken = () => {
      call.fail(changedWhileSent(target));
      this.cancel(call);
    };
    if (metadata === null) {
      // What the codec made is in memory that it uses again; bytes of the caller are his to leave alone.
      const copy = payload !== input;
      this.#sender.sendRequest(attempt, flags, head, payload, copy);
      return;
    }
    const body = new Uint8Array(metadata.length + payload.length);
    body.set(metadata);
    body.set(payload, metadata.length);
    this.#sender.sendRequest(attempt, flags, head, body);
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
