/**
 * The bounds of what a proxy holds: those of `limits.ts`, unless it is made with smaller ones, so that a simulation
 * comes to them with a few calls.
 *
 * @module
 */
import {
  CALLS_MAX,
  CANCEL_SILENCE_MS,
  LINK_QUEUE_MAX_BYTES,
  SERVICE_QUEUE_MAX_CALLS,
  SLOT_QUEUE_MAX_BYTES,
} from "../limits.ts";

/** Beyond each of these, new calls are refused. */
export interface ProxyBounds {
  /** While more bytes than this wait for one slot, no data is taken for it. */
  readonly slotQueueBytes: number;
  /** The same for one link. */
  readonly linkQueueBytes: number;
  /** Calls that wait for one service. */
  readonly queuedCalls: number;
  /** Calls under way; of one slot or peer, half of them. */
  readonly calls: number;
  /** A peer may be silent about a cancelled call for so long, in ms. */
  readonly silenceMs: number;
}

/** What a server uses. */
export const PROXY_BOUNDS: ProxyBounds = {
  slotQueueBytes: SLOT_QUEUE_MAX_BYTES,
  // Below the queue's own bound: errors and cancellations are sent even if data is refused.
  linkQueueBytes: LINK_QUEUE_MAX_BYTES / 4,
  queuedCalls: SERVICE_QUEUE_MAX_CALLS,
  calls: CALLS_MAX,
  silenceMs: CANCEL_SILENCE_MS,
};
