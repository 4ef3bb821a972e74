/**
 * Bounds of links, and of what servers tell each other about themselves.
 *
 * @module
 */
import { FRAME_HEADER_BYTES, FRAME_MAX_BYTES } from "./frames.ts";

/** Highest TCP port: an address with a higher one is refused. */
export const PORT_MAX = 65_535;

/** Time a new connection on the link port, or on the control socket, has for its handshake: then it is closed. */
export const HANDSHAKE_MS = 3_000;
/**
 * Connections on the link port, and on the control socket, that may be in their handshake at once: the link port
 * refuses one more, the control socket lets it wait.
 */
export const HANDSHAKES_MAX = 64;
/** How often a link sends a heartbeat. */
export const HEARTBEAT_MS = 1_000;
/** A link on which nothing arrived for this long is dead. */
export const HEARTBEAT_TIMEOUT_MS = 3_500;
/** A round trip beyond this is no answer to a PING of this process: it is not taken for one. */
export const ROUND_TRIP_MAX_MS = 60_000;
/** Servers that a proxy remembers after their link has gone: it forgets the one that went first. */
export const GONE_SERVERS_MAX = 1_024;
/** First and longest pause before dialling again; doubled in between, full jitter. */
export const RECONNECT_MIN_MS = 50;
/** See {@linkcode RECONNECT_MIN_MS}. */
export const RECONNECT_MAX_MS = 2_000;
/** Time an established link has to answer when another connection claims its peer's name: then it is replaced. */
export const LINK_PROBE_MS = 500;
/** Time a link that is closed has to send what waits and to hear the other side's end. */
export const LINK_CLOSE_MS = 1_000;

/** Longest name of a server, in UTF-8 bytes: a longer one is refused. */
export const SERVER_NAME_MAX_BYTES = 128;
/** Longest reason in a GOODBYE, in UTF-8 bytes: a longer one is clipped. */
export const GOODBYE_TEXT_MAX_BYTES = 1_024;
/** Largest HELLO, what a stranger may make a server take in: the connection is refused beyond it. */
export const HELLO_MAX_BYTES = 4_096;
/** Roles, and features, that a HELLO may name: the connection is refused beyond it. */
export const HELLO_NAMES_MAX = 64;
/** Longest name of a role or a feature in a HELLO, in characters: the connection is refused beyond it. */
export const HELLO_NAME_MAX_CHARS = 32;
/** Largest description of what a server offers (all services and handlers), encoded: a larger one is not sent. */
export const SERVER_INFO_MAX_BYTES = 1024 * 1024;
/** Services that a server may offer: the description of more is refused. */
export const OFFERED_SERVICES_MAX = 4_096;
/** Handlers that a service may have: the description of more is refused. */
export const OFFERED_HANDLERS_MAX = 4_096;

/** Bytes of the body of a control frame: a longer message is fragmented. */
export const CONTROL_FRAME_BODY_MAX_BYTES = FRAME_MAX_BYTES - FRAME_HEADER_BYTES;
/** Most bytes of one write to a link that is not a single frame: the rest takes another one. */
export const LINK_WRITE_MAX_BYTES = 262_144;
/** Most bytes of control frames that wait for a link, two descriptions of a server and heartbeats: beyond it the link ends. */
export const LINK_CONTROL_QUEUE_MAX_BYTES = 2 * SERVER_INFO_MAX_BYTES + 65_536;
/** A link gives a larger buffer back when it was written. */
export const LINK_SPARE_MAX_BYTES = 1_048_576;
