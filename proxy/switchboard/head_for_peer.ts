/**
 * The head of a request as the other side of a port knows it.
 *
 * @module
 */
import type { FrameView } from "../../wire/frame_view.ts";
import { clearHeadFlags, patchDeadline } from "../../wire/request_head.ts";
import type { Port } from "./port.ts";
import type { ProxyCall } from "./call.ts";

/**
 * Changes a head in place: an old peer wants the time that is left, and does not know every flag.
 *
 * @param call The call.
 * @param target Where the head goes.
 * @param frame The first frame of the request: the head is at the start of its body.
 * @param nowMs The time, on the proxy's clock.
 */
export function headForPeer(
  call: ProxyCall,
  target: Port,
  { bytes, start }: FrameView,
  nowMs: number,
): void {
  if (!target.knowsDeadlines) {
    patchDeadline(bytes, start, Math.ceil(Math.max(call.deadlineMs - nowMs, 0)));
  }
  if (target.unknownHeadFlags !== 0) clearHeadFlags(bytes, start, target.unknownHeadFlags);
}
