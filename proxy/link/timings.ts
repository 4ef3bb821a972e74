/**
 * The times of links in one object, so that a test can run a link's whole life in milliseconds.
 *
 * @module
 */
import {
  HANDSHAKE_MS,
  HANDSHAKES_MAX,
  HEARTBEAT_MS,
  HEARTBEAT_TIMEOUT_MS,
  LINK_CLOSE_MS,
  LINK_PROBE_MS,
  RECONNECT_MAX_MS,
  RECONNECT_MIN_MS,
} from "../../limits.ts";

/** All in ms; the defaults of bounds are those of `limits.ts`. */
export interface LinkTimings {
  /** Time a connection has for its handshake. */
  readonly handshakeMs: number;
  /** Connections that may be in their handshake at once (a number, not a time). */
  readonly handshakesMax: number;
  /** How often a link sends a heartbeat. */
  readonly heartbeatMs: number;
  /** A link on which nothing arrived for this long is dead. */
  readonly heartbeatTimeoutMs: number;
  /** Time an established link has to answer when another connection claims its peer's name. */
  readonly probeMs: number;
  /** Time a link that is closed has to send what waits and to hear the other side's end. */
  readonly closeMs: number;
  /** First pause before dialling again. */
  readonly reconnectMinMs: number;
  /** Longest pause before dialling again. */
  readonly reconnectMaxMs: number;
}

/** What a server uses. */
export const LINK_TIMINGS: LinkTimings = {
  handshakeMs: HANDSHAKE_MS,
  handshakesMax: HANDSHAKES_MAX,
  heartbeatMs: HEARTBEAT_MS,
  heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS,
  probeMs: LINK_PROBE_MS,
  closeMs: LINK_CLOSE_MS,
  reconnectMinMs: RECONNECT_MIN_MS,
  reconnectMaxMs: RECONNECT_MAX_MS,
};
