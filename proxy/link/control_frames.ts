/**
 * Control messages of a link as frames.
 *
 * @module
 */
import { type Address, parseAddress } from "../../address.ts";
import { MeshError } from "../../errors.ts";
import { CONTROL_FRAME_BODY_MAX_BYTES } from "../../limits.ts";
import { reached } from "../../limits/reached.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import { encodeGoodbye, type Goodbye } from "../../wire/link_messages.ts";

/** One whole GOODBYE frame. */
export function goodbyeFrame(goodbye: Goodbye): Uint8Array {
  const queue = new FrameQueue(4_096);
  queue.append(FrameKind.GOODBYE, FrameFlag.FIRST | FrameFlag.LAST, 0, encodeGoodbye(goodbye));
  return queue.take();
}

/** Appends a message to a queue in as many frames as it takes; `false` when the queue is full. */
export function appendMessage(queue: FrameQueue, kind: number, body: Uint8Array): boolean {
  let at = 0;
  do {
    const end = Math.min(at + CONTROL_FRAME_BODY_MAX_BYTES, body.length);
    const flags = (at === 0 ? FrameFlag.FIRST : 0) | (end === body.length ? FrameFlag.LAST : 0);
    if (!queue.append(kind, flags, 0, body.subarray(at, end))) {
      reached("LINK_CONTROL_QUEUE_MAX_BYTES");
      return false;
    }
    at = end;
  } while (at < body.length);
  return true;
}

/**
 * Takes an address to dial apart.
 *
 * @param text `"host:port"`, IPv6 in brackets.
 * @throws {MeshError} `INVALID_ARGUMENT` when it is no address.
 */
export function parseConnectAddress(text: string): Address {
  const address = parseAddress(text);
  if (address === null) {
    throw new MeshError(
      "INVALID_ARGUMENT",
      `"${text}" is no address to dial: write host:port, or [ipv6]:port`,
      { started: false },
    );
  }
  return address;
}
