/**
 * One call as it passes through a proxy.
 *
 * @module
 */
import type { Code } from "../errors.ts";
import type { ServerView } from "../routing/types.ts";
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
export class ProxyCall {
  /** Its stream id towards the target: the table's id. */
  id = -1;
  /** Where it came from; `null` when that side is gone. */
  origin: Port | null;
  /** Its stream id on the origin's side. */
  readonly originStream: number;
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
  sentMark = -1;
  /** Code of an error that is passing through; 0: none. */
  errorCode = 0;
  /** Whether an item of its stream has come back. */
  answered = false;
  /** Calls of the service that waited at the answering server, as it said last. */
  queueDepth = 0;
  /** Its number in the log of decisions; -1: not there. */
  decision = -1;
  /** How it ended for its origin, while its target has yet to end it. */
  outcome: Code | undefined;
  /** The call is over; whoever still holds it lets go. */
  ended = false;

  /**
   * @param origin Where it came from.
   * @param originStream Its stream id there.
   * @param name What is called: `"service.handler"`.
   * @param service The service's part of it.
   * @param idempotent Whether it may be repeated after it may have started.
   * @param startedMs When it came, on the proxy's clock.
   * @param deadlineMs When it must have ended, on the proxy's clock.
   */
  constructor(
    origin: Port,
    originStream: number,
    readonly name: string,
    readonly service: string,
    public idempotent: boolean,
    readonly startedMs: number,
    readonly deadlineMs: number,
  ) {
    this.origin = origin;
    this.originStream = originStream;
  }
}
