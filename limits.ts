/**
 * Every bound of mesh in one place: sizes in bytes, times in milliseconds. Each says what happens at it. Those where
 * something is refused or dropped while a server runs are counted ([limits/reached.ts](limits/reached.ts)), and
 * `mesh status --json` shows how often.
 *
 * A bound that a user may change is a *default* here and has a name in the configuration; the rest are
 * properties of the layout or of the protocol. The relations between them are asserted below, so a
 * change that breaks one fails at load and not under load.
 *
 * @module
 */
import {
  KEY_GROUPS_MAX_BYTES,
  LINK_QUEUE_MAX_BYTES,
  SLOT_QUEUE_MAX_BYTES,
  STREAM_ITEM_MIN_COST_BYTES,
  STREAM_WINDOW_BYTES,
} from "./limits/calls.ts";
import {
  CONTROL_BODY_MAX_BYTES,
  FRAME_HEADER_BYTES,
  FRAME_MAX_BYTES,
  frameMaxBytes,
  SLOTS_DEFAULT,
  SPACE_MIN_BYTES,
} from "./limits/frames.ts";
import {
  HANDSHAKE_MS,
  HEARTBEAT_MS,
  HEARTBEAT_TIMEOUT_MS,
  HELLO_MAX_BYTES,
  LINK_PROBE_MS,
} from "./limits/links.ts";
import {
  LOG_MESSAGE_MAX_CHARS,
  LOG_PIECE_MAX_BYTES,
  LOG_QUEUE_MAX_BYTES,
  LOG_RAW_LINE_MAX_BYTES,
  LOG_RECORD_MAX_BYTES,
} from "./limits/logs.ts";
import {
  INTEGER_MAX_BYTES,
  KEYS_CACHED,
  MESSAGE_DEFAULT_BYTES,
  MESSAGE_MIN_BYTES,
  REQUEST_HEAD_MAX_BYTES,
  SHOWN_MAX_CHARS,
} from "./limits/payloads.ts";
import {
  DRAIN_MS,
  PROCESSES_DEFAULT_MAX,
  RESPAWN_MAX_MS,
  STABLE_LIFE_MS,
  WEB_LINGER_MS,
} from "./limits/processes.ts";
import { ETCD_LEASE_MS, ETCD_RENEW_MS, ETCD_REQUEST_MS } from "./limits/settings.ts";

export * from "./limits/calls.ts";
export * from "./limits/frames.ts";
export * from "./limits/links.ts";
export * from "./limits/logs.ts";
export * from "./limits/payloads.ts";
export * from "./limits/processes.ts";
export * from "./limits/settings.ts";

function assertRelation(holds: boolean, relation: string): void {
  if (!holds) throw new Error(`limits.ts: ${relation} does not hold`);
}
assertRelation(
  FRAME_HEADER_BYTES + REQUEST_HEAD_MAX_BYTES <= frameMaxBytes(SPACE_MIN_BYTES),
  "a request head fits one frame of the smallest space",
);
assertRelation(HEARTBEAT_TIMEOUT_MS > 3 * HEARTBEAT_MS, "three heartbeats fit the time-out");
assertRelation(
  STREAM_WINDOW_BYTES >= 4 * STREAM_ITEM_MIN_COST_BYTES,
  "a window holds several items",
);
assertRelation(STREAM_WINDOW_BYTES >= FRAME_MAX_BYTES, "a window holds a frame");
assertRelation(SLOT_QUEUE_MAX_BYTES > MESSAGE_DEFAULT_BYTES, "a queue holds a message");
assertRelation(HELLO_MAX_BYTES <= FRAME_MAX_BYTES - FRAME_HEADER_BYTES, "a HELLO fits one frame");
assertRelation(
  2 * KEY_GROUPS_MAX_BYTES <= CONTROL_BODY_MAX_BYTES,
  "a worker's work and what it has to know of key modules fit one message of the control socket",
);
assertRelation(LINK_PROBE_MS < HANDSHAKE_MS, "a probe fits a handshake");
assertRelation(WEB_LINGER_MS < DRAIN_MS, "a web process lingers less than it may drain");
assertRelation(RESPAWN_MAX_MS < STABLE_LIFE_MS, "a pause is shorter than a life that is not short");
assertRelation(
  LINK_QUEUE_MAX_BYTES >= 2 * MESSAGE_DEFAULT_BYTES,
  "half a link's queue holds a message",
);
assertRelation(MESSAGE_DEFAULT_BYTES >= MESSAGE_MIN_BYTES, "the default message size is allowed");
assertRelation((KEYS_CACHED & (KEYS_CACHED - 1)) === 0, "a hash of a name is cut by a mask");
assertRelation(INTEGER_MAX_BYTES < MESSAGE_DEFAULT_BYTES, "a message holds the largest integer");
assertRelation(SLOTS_DEFAULT > 2 * PROCESSES_DEFAULT_MAX, "both roles fit the default slots");
assertRelation(
  ETCD_RENEW_MS + ETCD_REQUEST_MS < ETCD_LEASE_MS,
  "an entry in etcd outlives a late renewal",
);
assertRelation(LOG_PIECE_MAX_BYTES <= LOG_RAW_LINE_MAX_BYTES, "a piece of a record is one line");
assertRelation(
  LOG_QUEUE_MAX_BYTES >= LOG_RECORD_MAX_BYTES,
  "the queue of the log holds its largest record",
);
assertRelation(
  LOG_RECORD_MAX_BYTES >= 12 * (LOG_MESSAGE_MAX_CHARS + 2 * SHOWN_MAX_CHARS),
  "a record holds its texts, however they are escaped",
);
