/**
 * One call from the callee's side: the request as it arrives, the handler, and what is sent back.
 *
 * @module
 */
import { reached } from "../limits/reached.ts";
import { enter, type Items, itemsOf, type Left, nextOf } from "../boundary/user_code.ts";
import { decodePayload, type EncodedPayload, encodePayload } from "../endpoint/codec.ts";
import { CreditCounter } from "../endpoint/credit_counter.ts";
import type { Deadlined } from "../endpoint/deadline_wheel.ts";
import { OutStream } from "../endpoint/message_sender.ts";
import { MeshError } from "../errors.ts";
import { noTransition } from "../transition.ts";
import { assembledMaxBytes, Assembler } from "../wire/assembler.ts";
import { encodeErrorBody } from "../wire/error_body.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import type { FrameView } from "../wire/frame_view.ts";
import { HeadFlag } from "../wire/request_head.ts";
import { CallContext } from "./call_context.ts";
import type { Executor } from "./executor.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;

/**
 * State of a call. Successors:
 *
 * ```text
 * arriving  → running | ended    (its request comes, in one piece or several)
 * running   → cancelled | sending | ended    (its handler works, or its items are sent)
 * cancelled → ended              (nobody waits for it; its handler has yet to end)
 * sending   → ended              (its handler has ended; what it gave has yet to leave)
 * ended
 * ```
 */
export type IncomingCallState = "arriving" | "running" | "cancelled" | "sending" | "ended";

/** A call that this process answers; see {@linkcode IncomingCallState}. */
export class IncomingCall implements Deadlined, Left {
  nextDue: Deadlined | null = null;
  previousDue: Deadlined | null = null;
  bucket = -1;
  /** The sending half. */
  readonly out: OutStream;
  readonly #executor: Executor;
  #assembler: Assembler | undefined;
  #credit: CreditCounter | undefined;
  /** Set when the handler begins. */
  #context: CallContext | undefined;
  /** Whether its deadline is for the first reply, and still counts. */
  #firstReply = false;
  #target = "";
  #state: IncomingCallState = "arriving";
  /** Why nobody waits for it; set when it is cancelled. */
  #cancelled: MeshError | undefined;
  /** Wakes the loop that sends items. */
  #resume: (() => void) | undefined;

  /**
   * @param executor The process.
   * @param stream The call's stream id.
   */
  constructor(executor: Executor, stream: number) {
    this.#executor = executor;
    this.out = new OutStream(stream);
  }

  /** See {@linkcode IncomingCallState}. */
  get state(): IncomingCallState {
    return this.#state;
  }

  /** What is called, and by which request, once its handler has begun. */
  get underWay(): string | undefined {
    return this.#context === undefined ? undefined : `${this.#target} ${this.#context.requestId}`;
  }

  /** A fragment of the request arrived. */
  onRequest(frame: FrameView): void {
    if (this.#state !== "arriving") return;
    const { flags, bytes, start, end } = frame;
    if ((flags & WHOLE) === WHOLE) return this.#begin(flags, bytes, start, end, false);
    if (this.#assembler === undefined) this.#awaitRest(bytes, start, end);
    const assembler = this.#assembler ??= new Assembler(
      assembledMaxBytes(this.#executor.messageBytes),
    );
    const state = assembler.push(frame);
    if (state === "fault") {
      this.fail(
        new MeshError("DATA_LOSS", `a request arrived broken: ${assembler.fault}`, {
          started: false,
        }),
      );
    } else if (state === "incomplete") {
      const grant = (this.#credit ??= new CreditCounter()).fragment(end - start);
      if (grant > 0) this.#executor.grant(this, grant);
    } else {
      this.#assembler = undefined;
      this.#begin(flags, assembler.bytes, assembler.start, assembler.end, assembler.owned);
    }
  }

  /** The caller, or its server, does not wait any more. running → cancelled; arriving, sending → ended. */
  cancel(error: MeshError): void {
    if (this.#state === "ended" || this.#state === "cancelled") return;
    this.#executor.abandon(this);
    if (this.#state !== "running") return this.fail(error);
    this.#state = "cancelled";
    this.#cancelled = error;
    // The call goes on until its handler has ended; its caller need not wait for that.
    this.#executor.send(this, FrameKind.BEGUN);
    this.#context?.abort(error);
    // A generator that waits for credit would wait for ever.
    this.#resume?.();
  }

  /** Its deadline has passed. */
  due(): void {
    this.cancel(
      new MeshError("DEADLINE_EXCEEDED", `${this.#target} did not end within its deadline`, {
        target: this.#target,
      }),
    );
  }

  /** A request whose rest does not come in time ends, too. */
  #awaitRest(bytes: Uint8Array, start: number, end: number): void {
    const executor = this.#executor;
    const { head } = executor;
    if (head.parse(bytes, start, end) !== undefined) return; // said when it is whole
    this.#target = head.target;
    executor.wheel.set(this, executor.deadlineMs(head.deadline));
  }

  /** The request is there as a whole. arriving → running | ended. */
  #begin(flags: number, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const executor = this.#executor;
    const { head } = executor;
    const fault = head.parse(bytes, start, end);
    const payloadAt = start + head.headBytes + head.metadataBytes;
    if (fault !== undefined || payloadAt > end) {
      return this.fail(
        new MeshError("INVALID_ARGUMENT", `the request's head is malformed: ${fault ?? "cut"}`, {
          started: false,
        }),
      );
    }
    const target = this.#target = head.target;
    const service = executor.services.get(head.service);
    const handler = service?.handlers.get(head.handler);
    if (handler === undefined) {
      return this.fail(
        new MeshError(
          "NOT_FOUND",
          service === undefined
            ? `there is no service "${head.service}" here`
            : `service "${head.service}" has no handler "${head.handler}"`,
          { started: false, target },
        ),
      );
    }
    // Wherever it has waited, this is the last moment to look.
    const deadlineMs = executor.deadlineMs(head.deadline);
    if (deadlineMs <= executor.nowMs) {
      return this.fail(
        new MeshError("DEADLINE_EXCEEDED", `${target}: its time was over before it began`, {
          started: false,
          target,
        }),
      );
    }
    let input: unknown;
    try {
      input = owned && flags & FrameFlag.BYTES
        ? bytes.subarray(payloadAt, end)
        : decodePayload(bytes, payloadAt, end, flags);
    } catch (error) {
      return this.fail(executor.undecodable(error, target));
    }
    this.#firstReply = (head.flags & HeadFlag.FIRST_REPLY) !== 0;
    const context = this.#context = new CallContext(executor.host, {
      target,
      service: head.service,
      handler: head.handler,
      key: head.key,
      requestIdHigh: head.requestIdHigh,
      requestIdLow: head.requestIdLow,
      traceparent: head.traceparent,
      metadata: head.metadataBytes === 0
        ? undefined
        : bytes.slice(start + head.headBytes, payloadAt),
      deadlineMs,
      firstReply: this.#firstReply,
      suspect: (head.flags & HeadFlag.SUSPECT) !== 0,
    });
    this.#state = "running";
    executor.wheel.clear(this);
    executor.wheel.set(this, deadlineMs);
    enter(handler, input, context, this);
  }

  /** The handler gave its result. running → running, as long as it gives items, or sending; cancelled → ended. */
  returned(result: unknown): void {
    if (this.#state === "ended") return;
    try {
      const items = itemsOf(result);
      if (items !== undefined) {
        void this.#sendItems(items);
        return;
      }
      if (this.#cancelled !== undefined) return this.fail(this.#cancelled);
      this.#sendMessage(result, FrameFlag.END);
    } catch (thrown) {
      return this.threw(thrown);
    }
    this.#afterBacklog(() => this.#end());
  }

  /** The handler threw. running, cancelled, sending → ended. */
  threw(thrown: unknown): void {
    if (this.#state === "ended") return;
    this.fail(this.#cancelled ?? this.#executor.explain(thrown, this.#target, this.#context));
  }

  /** Never rejects. */
  async #sendItems(items: Items): Promise<void> {
    let open = true;
    try {
      for (;;) {
        if (this.#cancelled !== undefined) {
          // The generator's own `finally` blocks run before the call ends.
          open = false;
          await items.return?.();
          return this.fail(this.#cancelled);
        }
        if (this.out.blocked) {
          await new Promise<void>((resume) => {
            this.#resume = resume;
            this.out.onClear = resume;
          });
          this.#resume = undefined;
          continue;
        }
        // While it is in the generator's own code, the generator closes itself when that throws.
        open = false;
        const item = await nextOf(items);
        if (item.done) break;
        open = true;
        if (this.#cancelled === undefined) this.#sendMessage(item.value, 0);
      }
    } catch (thrown) {
      this.threw(thrown);
      if (open) void close(items);
      return;
    }
    // It may have ended only because its signal fired: that is no good end.
    if (this.#cancelled !== undefined) return this.fail(this.#cancelled);
    this.#afterBacklog(() => {
      this.#executor.send(this, FrameKind.END);
      this.#end();
    });
  }

  /** The call goes on until its last message has left: the caller still grants credit for it. running → sending. */
  #afterBacklog(then: () => void): void {
    if (this.#state === "ended") return;
    if (this.#state !== "running") throw this.#fault("sending");
    this.#state = "sending";
    if (this.out.backlog.length === 0) then();
    else this.out.onSent = then;
  }

  #sendMessage(value: unknown, flags: number): void {
    const { messageBytes } = this.#executor;
    const encoded = this.#encode(value, flags === 0 ? "item" : "reply");
    const payload = encoded.take();
    const kindOfPayload = encoded.flags;
    if (payload.length > messageBytes) {
      reached("MESSAGE_DEFAULT_BYTES");
      throw new MeshError(
        "RESOURCE_EXHAUSTED",
        `the reply of ${this.#target} takes ${payload.length} bytes, limits.messageBytes allows ` +
          `${messageBytes}`,
        { target: this.#target },
      );
    }
    if (this.#firstReply && flags === 0) {
      this.#firstReply = false;
      this.#executor.wheel.clear(this);
      this.#context!.lift();
    }
    const { sender } = this.#executor;
    sender.send(this.out, FrameKind.REPLY, kindOfPayload | flags, payload, payload !== value);
    if (this.out.backlog.length > 0) this.out.onBroken = () => this.#broken();
  }

  /** What waits of a reply cannot be sent any more: the handler has detached or resized its buffer. */
  #broken(): void {
    this.threw(
      new TypeError("the reply was changed while it was sent: its buffer was detached or resized"),
    );
  }

  /** What a handler gives and nobody can send is its own mistake, like a throw. */
  #encode(value: unknown, root: "item" | "reply"): EncodedPayload {
    const { messageBytes, payload } = this.#executor;
    try {
      return encodePayload(value, root, messageBytes, payload);
    } catch (error) {
      const { code, message } = error as MeshError;
      throw code === "INVALID_ARGUMENT" ? new TypeError(message, { cause: error }) : error;
    }
  }

  /** Ends the call with an error, if it has not ended. Any → ended. */
  fail(error: MeshError): void {
    if (this.#state === "ended") return;
    const { host, sender } = this.#executor;
    this.#executor.abandon(this);
    const body = encodeErrorBody(
      new MeshError(error.code, error.message, {
        started: this.#context !== undefined,
        server: host.server,
        metadata: error.metadata,
      }),
    );
    // An error is short, and it must not wait for credit that nobody will grant.
    this.out.credit = Infinity;
    sender.send(this.out, FrameKind.ERROR, 0, body);
    this.#end();
  }

  /** Its last frame is queued. Any but ended → ended. */
  #end(): void {
    if (this.#state === "ended") throw this.#fault("ended once more");
    this.#state = "ended";
    this.#executor.ended(this);
  }

  #fault(to: string): Error {
    return noTransition(`the call of ${this.#target}`, this.#state, to);
  }
}

/** Lets a generator clean up whose stream has failed on our side; the failure counts, not what it says now. */
async function close(items: Items): Promise<void> {
  try {
    await items.return?.();
  } catch {
    // Its call has ended.
  }
}
