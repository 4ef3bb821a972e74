/**
 * One call from the caller's side: its attempts, one after the other, and its single outcome.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import type { ReceivedError } from "../wire/error_body.ts";
import type { Attempt, AttemptOwner } from "./attempt.ts";
import { callPromise } from "./call_promise.ts";
import type { CallRequest } from "./call_request.ts";
import { begun, cancelled, deadly } from "../endpoint/call_errors.ts";
import { CallHistory } from "./call_history.ts";
import type { CallScope, ScopeMember } from "./call_scope.ts";
import type { CallSender } from "./call_sender.ts";
import type { Deadlined } from "../endpoint/deadline_wheel.ts";
import { ItemQueue } from "../endpoint/item_queue.ts";
import { type KeyOwner, nameOwner } from "./key_owner.ts";
import { avoidHashOf, judge, pauseMs } from "./retry_policy.ts";
import { streamDue } from "./stream_due.ts";
import { noTransition } from "../transition.ts";
import type { Call } from "./types.ts";
import { isAborted, offAbort, onAbort, reasonOf } from "./user_signal.ts";

/**
 * State of a call. Successors:
 *
 * ```text
 * waiting   → streaming | late | replied | failed
 * streaming → streamed | replied | failed
 * late      → failed     (its time is over, and the proxy is asked whether it began)
 * replied                (its one reply is there)
 * streamed               (its stream has ended well)
 * failed
 * ```
 */
export type OutgoingCallState =
  | "waiting"
  | "streaming"
  | "late"
  | "replied"
  | "streamed"
  | "failed";

/** What a call needs of the process that makes it. */
export type CallMeans = Pick<
  CallSender,
  | "messageBytes"
  | "outside"
  | "begin"
  | "mayRetry"
  | "beginAgain"
  | "askForWord"
  | "cancel"
  | "dueAt"
  | "settled"
>;

const ignore = () => {};

/** Whether other processes know of the attempt of a call that is under way. */
function isSent(call: Pick<OutgoingCall, "isOut" | "attempt"> | undefined): boolean {
  return call?.isOut === true && call.attempt?.unsent === false;
}

/** A call that this process makes. It begins attempts until one answers, or none may follow, and settles once. */
export class OutgoingCall<T = unknown> implements AttemptOwner, Deadlined, ScopeMember {
  /** What the caller holds: a plain promise, which is what `await` is fastest with, that can be iterated. */
  readonly promise: Call<T>;
  nextDue: Deadlined | null = null;
  previousDue: Deadlined | null = null;
  bucket = -1;
  placeInScope = -1;
  /** The attempt under way, or the last one; `null`: none is, and nothing was sent. */
  attempt: Attempt | null = null;
  /** Attempts before that one. */
  failedAttempts = 0;
  /** Its request id, given when it is sent first: the same for all attempts. 0: not yet. */
  requestIdHigh = 0;
  /** See {@linkcode requestIdHigh}. */
  requestIdLow = 0;
  /** The only server that may answer, as a key function named it; `null`: none was asked. */
  owner: KeyOwner | null = null;
  /** Hash of the server that failed the last attempt. */
  avoidHash = 0;
  readonly request: CallRequest;
  readonly scope: CallScope;
  readonly #sender: CallMeans;
  #state: OutgoingCallState = "waiting";
  #error: MeshError | undefined;
  #resolve!: (value: T) => void;
  #reject!: (error: MeshError) => void;
  #onAbort: (() => void) | undefined;
  #items: ItemQueue<T> | undefined;
  /** When the last item came, where that counts. */
  #itemMs = 0;
  /** Made when an attempt has failed. */
  #history: CallHistory | undefined;
  /** Its hedge, or the call that it hedges. */
  #twin: OutgoingCall<T> | undefined;

  /**
   * @param sender Makes its attempts.
   * @param scope What it inherits.
   * @param request What it asks for.
   * @param fault What is wrong with the request: the call ends with it, and nothing is sent.
   * @param hedgeOf The call that this one hedges.
   */
  constructor(
    sender: CallMeans,
    scope: CallScope,
    request: CallRequest,
    fault?: MeshError,
    readonly hedgeOf?: OutgoingCall<T>,
  ) {
    this.promise = callPromise(
      this,
      new Promise<T>((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      }),
    );
    this.#sender = sender;
    this.scope = scope;
    this.request = request;
    this.#twin = hedgeOf;
    const { signal } = request;
    const refused = fault ??
      (signal !== undefined && isAborted(signal)
        ? cancelled(request.target, reasonOf(signal), false)
        : undefined) ??
      (scope.add(this) ? undefined : cancelled(request.target, scope.reason, false));
    if (refused !== undefined) {
      this.fail(refused);
      return;
    }
    if (signal !== undefined) {
      this.#onAbort = () => this.abort(reasonOf(signal));
      onAbort(signal, this.#onAbort);
    }
    sender.begin(this);
  }

  /** Whether it was in flight in a process that died. */
  get suspect(): boolean {
    return this.scope.suspect || (this.hedgeOf ?? this).#history?.suspect === true;
  }

  /** See {@linkcode OutgoingCallState}. */
  get state(): OutgoingCallState {
    return this.#state;
  }

  /** Whether the outcome is known. */
  get settled(): boolean {
    const state = this.#state;
    return state === "replied" || state === "streamed" || state === "failed";
  }

  /** Whether an attempt of it is under way. */
  get isOut(): boolean {
    return !this.settled && this.attempt !== null;
  }

  /** The items of its stream. */
  iterate(): AsyncIterator<T, undefined> {
    const items = this.#itemQueue();
    if (this.#state === "failed") items.end(this.#error!);
    else if (this.#state === "replied") items.end(this.#notAStream());
    return items;
  }

  get target(): string {
    return this.request.target;
  }

  get messageBytes(): number {
    return this.#sender.messageBytes;
  }

  /** late → failed: it has begun, then. */
  waitsForReplies(): boolean {
    if (this.settled) return false;
    if (this.#state !== "late") return true;
    this.#tooLate(true);
    return false;
  }

  /** Its reply is there, and the only one. waiting → replied; streaming → replied, which is no good end of a stream. */
  replied(value: unknown): void {
    if (this.#state !== "waiting" && this.#state !== "streaming") throw this.#fault("replied");
    this.#state = "replied";
    this.#release();
    this.#items?.end(this.#notAStream());
    this.#resolve(value as T);
  }

  /** An item of its stream is there. waiting, streaming → streaming. */
  gave(item: unknown, cost: number): void {
    this.#stream();
    this.#items!.push(item as T, cost);
    if (this.request.idleTimeoutMs !== undefined) this.#itemMs = this.#sender.outside.now();
  }

  /** There are no more items. waiting, streaming → streamed. */
  gaveAll(): void {
    this.#stream();
    if (this.settled) return;
    if (this.#state !== "streaming") throw this.#fault("streamed");
    this.#state = "streamed";
    this.#release();
    this.#items!.end(null);
  }

  /** What came cannot be read. waiting, streaming → failed. */
  unreadable(error: MeshError): void {
    this.fail(error);
    if (this.attempt?.state !== "over") this.#sender.cancel(this);
  }

  /** The retry policy decides: waiting → waiting; waiting, streaming, late → failed. */
  refused(received: ReceivedError): void {
    const { target } = this.request;
    const history = this.#historyOf();
    const verdict = judge(history, received, this.failedAttempts, this.#twin?.settled === false);
    const error = this.owner === null ? received.error : nameOwner(received.error, this.owner);
    if (this.#state === "late") return this.#tooLate(error.started);
    if (verdict === "deadly") return this.fail(deadly(target, error));
    if (verdict === "fail" || this.#state !== "waiting") return this.#failAfterAll(error);
    const again = () => this.#tryAgain(error, verdict === "again");
    if (this.hedgeOf !== undefined || !this.#twin?.isOut) return again();
    // Another server has its hedge: that is the next attempt, and this call's own comes after it.
    this.attempt = null;
    history.afterHedge = again;
  }

  #tryAgain(error: MeshError, free: boolean): void {
    if (!this.#sender.mayRetry(this, free)) return this.#failAfterAll(error);
    this.failedAttempts++;
    this.avoidHash = avoidHashOf(error);
    const waitMs = pauseMs(this.failedAttempts, this.#sender.outside.random);
    this.#sender.beginAgain(this, waitMs);
  }

  #failAfterAll(error: MeshError): void {
    this.fail(this.#mayHaveBegun && !error.started ? begun(error) : error);
  }

  /** Ends the call with an error, if it has not ended. waiting, streaming, late → failed. */
  fail(error: MeshError): void {
    if (this.settled) return;
    this.#state = "failed";
    this.#error = error;
    this.#release();
    this.#items?.end(error);
    // Nobody has to look at a call that he made for its effect.
    this.promise.catch(ignore);
    this.#reject(error);
    if (this.hedgeOf?.settled === false) this.hedgeOf.#historyOf().hedgeFailed();
  }

  /** The same call once more, to another server than the one that has this one. */
  hedge(): OutgoingCall<T> {
    return this.#twin = new OutgoingCall<T>(
      this.#sender,
      this.scope,
      this.request,
      undefined,
      this,
    );
  }

  /** Ends the call because nobody waits for it. */
  abort(reason: unknown): void {
    if (this.settled) return;
    if (this.#state === "late") return this.#tooLate(true);
    const started = isSent(this) || isSent(this.#twin) || this.#mayHaveBegun;
    this.fail(cancelled(this.request.target, reason, started));
    this.#sender.cancel(this);
  }

  /** Its deadline has passed; called once more when the proxy's word on it does not come in time. */
  due(): void {
    if (this.settled) return;
    const unanswered = this.#state === "waiting" && this.attempt?.state !== "answering";
    if (unanswered && this.#sender.askForWord(this)) return this.#awaitWord();
    if (this.#state === "streaming" && this.#livesOn()) return;
    // Where it is not known, it may have begun; between two attempts it is known.
    this.#tooLate(!unanswered);
    this.#sender.cancel(this);
  }

  /** Its time is over, and the proxy says whether it began. waiting → late. */
  #awaitWord(): void {
    if (this.#state !== "waiting") throw this.#fault("late");
    this.#state = "late";
  }

  /** A stream that has begun: whether it was due for another reason than its deadline. */
  #livesOn(): boolean {
    const { request, scope } = this;
    const due = streamDue(
      request,
      scope,
      this.#itemMs,
      this.#items?.waitingSinceMs,
      this.#sender.outside.now(),
    );
    if (due === "late") return false;
    if (due === "idle") {
      const text = `${request.target} gave no item for ${request.idleTimeoutMs} ms (idleTimeoutMs)`;
      this.fail(new MeshError("DEADLINE_EXCEEDED", text, { target: request.target }));
      this.#sender.cancel(this);
    } else this.#sender.dueAt(this, due);
    return true;
  }

  #tooLate(started: boolean): void {
    const { target } = this.request;
    const begun = started || this.#mayHaveBegun;
    const what = begun ? "end" : "begin";
    this.fail(
      new MeshError("DEADLINE_EXCEEDED", `${target} did not ${what} within its deadline`, {
        target,
        started: begun,
      }),
    );
  }

  /** What its attempts, and those of its hedge, came to. */
  #historyOf(): CallHistory {
    return this.hedgeOf === undefined
      ? this.#history ??= new CallHistory(this.scope.suspect)
      : this.hedgeOf.#historyOf();
  }

  /** Whether an attempt that has ended may have begun. */
  get #mayHaveBegun(): boolean {
    return (this.hedgeOf ?? this).#history?.started === true;
  }

  /** The replies are the items of a stream: a promise of this call gives the stream. waiting → streaming. */
  #stream(): void {
    if (this.#state === "streaming") return;
    if (this.#state !== "waiting") throw this.#fault("streaming");
    this.#state = "streaming";
    const { request } = this;
    if (request.firstReply || request.idleTimeoutMs !== undefined) {
      this.#itemMs = this.#sender.outside.now();
      this.#livesOn();
    }
    const items = this.#itemQueue();
    this.#resolve({ [Symbol.asyncIterator]: () => items } as T);
  }

  #itemQueue(): ItemQueue<T> {
    return this.#items ??= new ItemQueue<T>(
      (cost) => {
        this.attempt?.taken(cost);
      },
      () => this.abort("the reader of the stream stopped"),
      this.#sender.outside,
    );
  }

  #notAStream(): MeshError {
    return new MeshError(
      "INVALID_ARGUMENT",
      `${this.request.target} gives one reply, not a stream: await it`,
      { target: this.request.target },
    );
  }

  #fault(to: OutgoingCallState): Error {
    return noTransition(`the call of ${this.request.target}`, this.#state, to);
  }

  #release(): void {
    if (this.#onAbort !== undefined) offAbort(this.request.signal!, this.#onAbort);
    this.scope.delete(this);
    this.#sender.settled(this);
  }
}
