/**
 * One call as it passes through a proxy.
 *
 * @module
 */
import type { Code } from "../../errors.ts";
import { noTransition } from "../../transition.ts";
import type { ServerView } from "../../routing/types.ts";
import { HeadFlag, type RequestHeadReader } from "../../wire/request_head.ts";
import type { LoadReport } from "../../wire/load.ts";
import type { HeldRequest } from "./held_request.ts";
import type { Port } from "./port.ts";

/**
 * State of a call between two ports. Successors:
 *
 * ```text
 * arrived   → held | forwarded | ended    (in no table yet; one that is refused stays so)
 * held      → forwarded | ended           (no process is free: its frames are kept)
 * forwarded → cancelled | abandoned | ended    (its target has its request, its origin waits)
 * cancelled → abandoned | ended           (its caller waits for no reply, but for the word how it ended)
 * abandoned → ended                       (for its origin it is over, or that is gone; its target has yet to end it)
 * ended                                   (whoever still holds it lets go)
 * ```
 */
export type ProxyCallState =
  | "arrived"
  | "held"
  | "forwarded"
  | "cancelled"
  | "abandoned"
  | "ended";

/** A call between two ports; see {@linkcode ProxyCallState}. */
export class ProxyCall implements LoadReport {
  /** Its stream id towards the target: the table's id. */
  id = -1;
  /** Its stream id on the origin's side. */
  readonly originStream: number;
  /** What is called: `"service.handler"`. */
  readonly name: string;
  /** The service's part of it. */
  readonly service: string;
  /** Whether it may be repeated after it may have started. */
  idempotent: boolean;
  /** Whether it was in flight in a process that died. */
  readonly suspect: boolean;
  /** Whether its deadline is for the first reply alone. */
  readonly firstReply: boolean;
  /** Index of the slot that works on it; -1 when the target is a link. */
  slot = -1;
  /** The server that was picked; `null` when it came over a link. */
  server: ServerView | null = null;
  /** Whether the last fragment of the request has been seen. */
  requestComplete = false;
  /** The target queue's `appendedBytes` before the request's last frame was appended; -1: none was. */
  requestEndBytes = -1;
  /** Code of an error that is passing through; 0: none. */
  errorCode = 0;
  /** Whether an item of its stream has come back. */
  answered = false;
  /** What the answering server told last of its queue. */
  queueDepth = -1;
  /** What the answering server told last of its latency, in ms. */
  latencyMs = 0;
  /** Since when its target is waited for, though nobody waits for its reply, on the proxy's clock. */
  waitsSinceMs = 0;
  /** Name of the server that was picked; empty when it came over a link: it is this server's to answer then. */
  serverName = "";
  /** Its number in the log of decisions; -1: not there. */
  decision = -1;
  #state: ProxyCallState = "arrived";
  #origin: Port | null;
  #target: Port | null = null;
  #held: HeldRequest | null = null;
  #outcome: Code | undefined;

  /**
   * @param origin Where it came from.
   * @param originStream Its stream id there.
   * @param head The head of its request, as it was parsed last.
   * @param startedMs When it came, on the proxy's clock.
   * @param deadlineMs When it must have ended, on the same clock.
   */
  constructor(
    origin: Port,
    originStream: number,
    head: RequestHeadReader,
    readonly startedMs: number,
    public deadlineMs: number,
  ) {
    this.#origin = origin;
    this.originStream = originStream;
    this.name = head.target;
    this.service = head.service;
    this.idempotent = (head.flags & HeadFlag.IDEMPOTENT) !== 0;
    this.firstReply = (head.flags & HeadFlag.FIRST_REPLY) !== 0;
    this.suspect = (head.flags & HeadFlag.SUSPECT) !== 0;
  }

  /** See {@linkcode ProxyCallState}. */
  get state(): ProxyCallState {
    return this.#state;
  }

  /** Where it came from; `null`: that side is gone, or knows how it ended. */
  get origin(): Port | null {
    return this.#origin;
  }

  /** Where it goes; `null`: it has no target yet, or has ended. */
  get target(): Port | null {
    return this.#target;
  }

  /** Frames of its request, while it is held. */
  get held(): HeldRequest | null {
    return this.#held;
  }

  /** How it ended for its origin, while its target has yet to end it. */
  get outcome(): Code | undefined {
    return this.#outcome;
  }

  /** No process is free; what has come of its request waits. arrived → held. */
  hold(request: HeldRequest): void {
    if (this.#state !== "arrived") throw this.#fault("held");
    this.#state = "held";
    this.#held = request;
  }

  /**
   * Its target is known, and gets its request from now on. arrived, held → forwarded.
   *
   * @returns What has come of the request meanwhile; `null`: nothing was kept.
   */
  forwardTo(target: Port): HeldRequest | null {
    if (this.#state !== "arrived" && this.#state !== "held") throw this.#fault("forwarded");
    this.#state = "forwarded";
    this.#target = target;
    const held = this.#held;
    this.#held = null;
    return held;
  }

  /** Its caller waits for no reply any more. forwarded → cancelled. */
  cancel(): void {
    if (this.#state !== "forwarded") throw this.#fault("cancelled");
    this.#state = "cancelled";
  }

  /** Where it came from is gone. Without a target it stays as it is, and ends next; forwarded, cancelled → abandoned. */
  loseOrigin(): void {
    if (this.#target === null) this.#origin = null;
    else this.abandon(undefined);
  }

  /**
   * For its origin it is over. forwarded, cancelled → abandoned.
   *
   * @param outcome How it ended for its origin; `undefined`: that is gone.
   */
  abandon(outcome: Code | undefined): void {
    if (this.#state !== "forwarded" && this.#state !== "cancelled") throw this.#fault("abandoned");
    this.#state = "abandoned";
    this.#origin = null;
    this.#outcome = outcome;
  }

  /** It is over for its target as well. Any but ended → ended. */
  end(): void {
    if (this.#state === "ended") throw this.#fault("ended once more");
    this.#state = "ended";
    this.#target = null;
    this.#held = null;
  }

  #fault(to: string): Error {
    return noTransition(`call ${this.name}`, this.#state, to);
  }
}
