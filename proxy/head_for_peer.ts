/**
 * The head of a request as the other side of a port knows it.
 *
 * @module
 */
import { clearHeadFlags, patchDeadline } from "../wire/request_head.ts";
import type { Port } from "./port.ts";
import type { ProxyCall } from "./proxy_call.ts";

/**
 * Changes a head in place: an old peer wants the time that is left, and does not know every flag.
 *
 * @param call The call.
 * @param target Where the head goes.
 * @param bytes Where it is.
 * @param start Its offset.
 * @param nowMs The time, on the proxy's clock.
 */
export function headForPeer(
  call: ProxyCall,
  target: Port,
  bytes: Uint8Array,
  start: number,
  nowMs: number,
): void {
  if (!target.knowsDeadlines) {
    patchDeadline(bytes, start, Math.ceil(Math.max(call.deadlineMs - nowMs, 0)));
  }
  if (target.unknownHeadFlags !== 0) clearHeadFlags(bytes, start, target.unknownHeadFlags);
}
