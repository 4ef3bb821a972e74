/**
 * One call as it passes through a proxy.
 *
 * @module
 */
import type { Code } from "../../errors.ts";
import type { ServerView } from "../../routing/types.ts";
import { HeadFlag, type RequestHeadReader } from "../../wire/request_head.ts";
import type { LoadReport } from "../../wire/load.ts";
import type { HeldRequest } from "./held_request.ts";
import type { Port } from "./port.ts";

/**
 * A call between two ports. Successors of each state:
 *
 * ```text
 * held (no target yet, its frames are kept) → forwarded | ended
 * forwarded (the target has its request)    → ended
 * ```
 */
export class ProxyCall implements LoadReport {
  /** Its stream id towards the target: the table's id. */
  id = -1;
  /** Where it came from; `null` when that side is gone. */
  origin: Port | null;
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
  /** Where it goes; `null` while it is held or has ended. */
  target: Port | null = null;
  /** Index of the slot that works on it; -1 when the target is a link. */
  slot = -1;
  /** The server that was picked; `null` when it came over a link. */
  server: ServerView | null = null;
  /** Frames of the request while the call is held. */
  held: HeldRequest | null = null;
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
  /** Its caller does not wait for its reply any more. */
  cancelled = false;
  /** Name of the server that was picked; empty when it came over a link: it is this server's to answer then. */
  serverName = "";
  /** Its number in the log of decisions; -1: not there. */
  decision = -1;
  /** How it ended for its origin, while its target has yet to end it. */
  outcome: Code | undefined;
  /** The call is over; whoever still holds it lets go. */
  ended = false;

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
    this.origin = origin;
    this.originStream = originStream;
    this.name = head.target;
    this.service = head.service;
    this.idempotent = (head.flags & HeadFlag.IDEMPOTENT) !== 0;
    this.firstReply = (head.flags & HeadFlag.FIRST_REPLY) !== 0;
    this.suspect = (head.flags & HeadFlag.SUSPECT) !== 0;
  }
}
