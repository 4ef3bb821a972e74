/**
 * Calls in a proxy, and ports of slots and links, for tests of what a proxy does with them.
 *
 * @module
 */
import { FRAME_MAX_BYTES } from "../../limits.ts";
import { Port } from "../../proxy/switchboard/port.ts";
import { ProxyCall } from "../../proxy/switchboard/call.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import type { RequestHeadReader } from "../../wire/request_head.ts";
import { headOf } from "./request_heads.ts";

/** A port on which nothing leaves: what it would send waits in its queue. */
export class TestPort extends Port {
  readonly queue = new FrameQueue(1 << 20);
  readonly maxFrameBytes = FRAME_MAX_BYTES;
  queueMaxBytes = 1 << 16;
  knowsDeadlines = true;
  knowsSuspects = true;
  endsCancelled = true;
  unknownHeadFlags = 0;
  /** What it says of all requests. */
  allUnread = true;

  /**
   * @param kind What is behind it.
   * @param label For messages.
   */
  constructor(public kind: "slot" | "link", readonly label: string = `test ${kind}`) {
    super();
  }

  localDeadline(deadline: number): number {
    return deadline;
  }

  schedule(): void {}

  unread(): boolean {
    return this.allUnread;
  }

  withdraw(): boolean {
    return this.allUnread;
  }
}

/** A call that came from a slot at 0, and is due at 1,000 ms. */
export function callWith(
  { origin = new TestPort("slot"), head = headOf(), stream = 1 }: {
    origin?: Port;
    head?: RequestHeadReader;
    stream?: number;
  } = {},
): ProxyCall {
  return new ProxyCall(origin, stream, head, 0, 1_000);
}
