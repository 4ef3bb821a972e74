/**
 * The time that a stream has once it has begun.
 *
 * @module
 */
import type { CallRequest } from "./call_request.ts";
import type { CallScope } from "./call_scope.ts";

/**
 * What is to be done with a stream now.
 *
 * @param request What was asked for.
 * @param scope What the call inherits: a handler's own deadline, if that is not for its first reply alone.
 * @param itemMs When the last item came, on the process's own clock.
 * @param waitingSinceMs When its reader began to wait for the next one; `undefined`: it does not wait. Who does
 *   not ask for an item does not wait for one.
 * @param nowMs The time on the same clock.
 * @returns `"late"`: its deadline has passed. `"idle"`: there was no item for too long. Else when to look again, on
 *   the same clock; `Infinity`: never.
 */
export function streamDue(
  request: CallRequest,
  scope: CallScope,
  itemMs: number,
  waitingSinceMs: number | undefined,
  nowMs: number,
): number | "late" | "idle" {
  const ownMs = request.firstReply ? Infinity : request.deadlineMs;
  const deadlineMs = Math.min(ownMs, scope.firstReply ? Infinity : scope.deadlineMs);
  if (nowMs >= deadlineMs) return "late";
  const idleMs = request.idleTimeoutMs ?? Infinity;
  const sinceMs = Math.max(itemMs, waitingSinceMs ?? nowMs);
  if (nowMs - sinceMs >= idleMs) return "idle";
  return Math.min(deadlineMs, sinceMs + idleMs);
}
