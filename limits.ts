/**
 * Every bound of mesh in one place: sizes in bytes, times in milliseconds.
 *
 * A bound that a user may change is a *default* here and has a name in the configuration; the rest are
 * properties of the layout or of the protocol. The relations between them are asserted below, so a
 * change that breaks one fails at load and not under load.
 *
 * @module
 */

/** Frames (in spaces and on links) start on multiples of this. */
export const FRAME_ALIGN = 16;
/** Bytes of a frame's header. */
export const FRAME_HEADER_BYTES = 16;
/** Largest frame anywhere, header included: a larger message is fragmented. */
export const FRAME_MAX_BYTES = 65_536;

/** Smallest space (one direction of a slot) that works, with every feature. */
export const SPACE_MIN_BYTES = 2_048;
/** Largest space. */
export const SPACE_MAX_BYTES = 64 * 1024 * 1024;
/** Default space. */
export const SPACE_DEFAULT_BYTES = 262_144;
/** Default number of slots of a server. */
export const SLOTS_DEFAULT = 20;
/** Most slots of a server. */
export const SLOTS_MAX = 1_024;

/** The longest time that a timer can take (a bound of the runtime): almost 25 days. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** Largest body of a message on the control socket. */
export const CONTROL_BODY_MAX_BYTES = 1024 * 1024;

/** Largest message by default (`limits.messageBytes`): larger is refused at the sender. */
export const MESSAGE_DEFAULT_BYTES = 16 * 1024 * 1024;
/** Deepest nesting of a value: objects, arrays, maps and sets inside each other. The stack holds much more. */
export const PAYLOAD_DEPTH_MAX = 512;
/** Largest `bigint` of a value, in bytes. */
export const INTEGER_MAX_BYTES = 1024 * 1024;
/** A larger buffer is not kept by the codec after a call. */
export const CODEC_KEPT_BYTES = 1024 * 1024;
/** Names of properties that a decoder remembers; a power of two. */
export const KEYS_CACHED = 1_024;
/** Longest `"service.handler"`, in UTF-8 bytes. */
export const TARGET_MAX_BYTES = 200;
/** Longest key, in UTF-8 bytes. */
export const KEY_MAX_BYTES = 512;
/** Largest metadata of a call or of an error, encoded. */
export const METADATA_MAX_BYTES = 65_536;
/** Largest request head: what must fit in a request's first frame. */
export const REQUEST_HEAD_MAX_BYTES = 64 + TARGET_MAX_BYTES + KEY_MAX_BYTES;

/** Largest description of the groups with a key module, their tables' keys included: every process is told it. */
export const KEY_GROUPS_MAX_BYTES = 512 * 1024;
/** Time that a reload waits for the processes to load changed key modules. */
export const KEY_MODULES_LOADED_MS = 5_000;
/** Modules that a check loads at the same time, each in a process of its own. */
export const MODULE_CHECKS_MAX = 4;
/** How much of what a module prints while it is checked is kept. */
export const MODULE_CHECK_OUTPUT_MAX_BYTES = 1024 * 1024;

/** Credit a message stream starts with, per direction, in bytes. */
export const STREAM_WINDOW_BYTES = 262_144;
/** What one item of a stream costs of its credit at least: bounds the number of items under way. */
export const STREAM_ITEM_MIN_COST_BYTES = 4_096;

/** Most calls that one slot or one peer may have open at once (20 bits of the stream id). */
export const CALLS_MAX = 1 << 20;
/** Most bytes waiting in the proxy for one slot; beyond it new calls get `RESOURCE_EXHAUSTED`. */
export const SLOT_QUEUE_MAX_BYTES = 128 * 1024 * 1024;
/** Most bytes waiting in the proxy for one link; beyond it new calls get `RESOURCE_EXHAUSTED`. */
export const LINK_QUEUE_MAX_BYTES = 512 * 1024 * 1024;
/** Most calls waiting in a server's queue of one service. */
export const SERVICE_QUEUE_MAX_CALLS = 16_384;

/** How long a call that was in flight in a process that died waits at most for a process without another such call. */
export const SUSPECT_APART_MAX_MS = 10_000;

/** Default time a call may take (`CallOptions.timeoutMs`). */
export const TIMEOUT_DEFAULT_MS = 5_000;
/** How long requests of one turn may take a process before its timers, replies and cancellations get theirs. */
export const REQUESTS_SLICE_MS = 2;
/** Time that a caller whose own deadline has passed waits for its proxy's word on whether the handler began. */
export const DEADLINE_GRACE_MS = 50;
/** Time that a target has to end a cancelled call; then its proxy ends it for whoever called. */
export const CANCEL_WORD_MS = 1_000;
/** A peer that has not ended a cancelled call within this time is given up: it loses frames. */
export const CANCEL_SILENCE_MS = 60_000;
/** Longest time a call may take: 32 bits of milliseconds on the wire, and a day is long. */
export const TIMEOUT_MAX_MS = 86_400_000;

/** Time a new connection on the link port, or on the control socket, has for its handshake. */
export const HANDSHAKE_MS = 3_000;
/** Connections on the link port, and on the control socket, that may be in their handshake at once. */
export const HANDSHAKES_MAX = 64;
/** How often a link sends a heartbeat. */
export const HEARTBEAT_MS = 1_000;
/** A link on which nothing arrived for this long is dead. */
export const HEARTBEAT_TIMEOUT_MS = 3_500;
/** Servers that a proxy remembers after their link has gone. */
export const GONE_SERVERS_MAX = 1_024;
/** First and longest pause before dialling again; doubled in between, full jitter. */
export const RECONNECT_MIN_MS = 50;
/** See {@linkcode RECONNECT_MIN_MS}. */
export const RECONNECT_MAX_MS = 2_000;

/** Longest name of a server, in UTF-8 bytes. */
export const SERVER_NAME_MAX_BYTES = 128;
/** Longest message of an error on the wire; a longer one is clipped. */
export const ERROR_MESSAGE_MAX_BYTES = 16_384;
/** Longest reason in a GOODBYE, in UTF-8 bytes; a longer one is clipped. */
export const GOODBYE_TEXT_MAX_BYTES = 1_024;
/** Largest HELLO: what a stranger may make a server take in. */
export const HELLO_MAX_BYTES = 4_096;
/** Largest description of what a server offers (all services and handlers), encoded. */
export const SERVER_INFO_MAX_BYTES = 1024 * 1024;
/** Time an established link has to answer when another connection claims its peer's name. */
export const LINK_PROBE_MS = 500;
/** Time a link that is closed has to send what waits and to hear the other side's end. */
export const LINK_CLOSE_MS = 1_000;

/** Time a server that drains waits for its calls before it ends them. */
export const DRAIN_MS = 3_500;
/** Time a worker has to attach and load its modules. */
export const WORKER_START_MS = 20_000;
/** First and longest pause before a dead worker is replaced. */
export const RESPAWN_MIN_MS = 50;
/** See {@linkcode RESPAWN_MIN_MS}. */
export const RESPAWN_MAX_MS = 5_000;

/** Pause before a server listens again where it could not accept, for instance without file descriptors. */
export const LISTEN_AGAIN_MS = 500;
/** How often a server looks whether its runtime directory is still there. */
export const RUNTIME_DIR_CHECK_MS = 1_000;
/** Directories of dead servers that a start removes; the next start goes on. */
export const SWEPT_DIRECTORIES_MAX = 64;
/** Directories that a start looks at for that. */
export const SWEEP_LOOKS_MAX = 1_024;
/** What `mesh status` tells of the end of a worker at most, in characters. */
export const LAST_END_MAX_CHARS = 300;
/** A worker that lived this long did not die of its start. */
export const STABLE_LIFE_MS = 10_000;
/** Longest pause before a worker that errs again and again, and serves on meanwhile, is replaced once more. */
export const REPLACE_PAUSE_MAX_MS = 60_000;
/** Longest time that a web process which was replaced leaves idle connections open. */
export const WEB_LINGER_MS = 2_000;
/** How long a call for a browser is under way before it is watched whether the browser leaves: most have ended by then. */
export const BROWSER_WATCH_MS = 5;
/**
 * Pause between two looks at open WebSockets. One that its site has closed has from one to two of them for the
 * browser's answer; then it counts as closed.
 */
export const SOCKET_LOOK_MS = 2_500;
/** Longest text of an uncaught error that a worker reports to its server, in characters. */
export const UNCAUGHT_TEXT_MAX_CHARS = 1_024;
/** Uncaught errors that a process logs per second; it counts the others. */
export const UNCAUGHT_LOGGED_PER_SECOND = 10;
/** Handlers under way that are named with an uncaught error. */
export const UNDER_WAY_NAMED_MAX = 16;

/** Retries a caller may spend per call it makes: 10 %. */
export const RETRY_BUDGET_RATIO = 0.1;
/** Retries a caller may spend before it has made any calls. */
export const RETRY_BUDGET_MIN = 10;
/** Hedges a caller may send per call it makes: 5 %. */
export const HEDGE_BUDGET_RATIO = 0.05;
/** Hedges a caller may send before it has made any calls. */
export const HEDGE_BUDGET_MIN = 1;
/** Time for a page whose maker says nothing. */
export const PAGE_BUDGET_DEFAULT_MS = 1_000;
/** Requests that a proxy remembers for `mesh why`. */
export const DECISIONS_KEPT = 4_096;
/** Attempts of one call that may have begun or were refused for overload, the first included. */
export const ATTEMPTS_MAX = 3;
/** First and longest pause before a call is made again, but for the first time, which is at once; doubled in between. */
export const RETRY_PAUSE_MIN_MS = 20;
/** See {@linkcode RETRY_PAUSE_MIN_MS}. */
export const RETRY_PAUSE_MAX_MS = 400;

/** Longest name of a server, of a group or of a service in the configuration, in characters. */
export const NAME_MAX_CHARS = 63;
/** Longest path of a Unix socket: what `sun_path` of Linux holds besides its final zero, in bytes. */
export const UNIX_PATH_MAX_BYTES = 107;
/** Smallest value of the setting `limits.messageBytes`. */
export const MESSAGE_MIN_BYTES = 1_024;
/** Worker processes of a role when the setting says nothing: this, or the machine's cores if they are fewer. */
export const PROCESSES_DEFAULT_MAX = 4;
/** Longest life of an issued cookie, in days: browsers cap it there (RFC 6265bis). */
export const COOKIE_MAX_AGE_DAYS = 400;
/** Largest file of a secret, in bytes. */
export const SECRET_FILE_MAX_BYTES = 65_536;
/** Largest configuration file, in bytes. */
export const CONFIG_FILE_MAX_BYTES = 4 * 1024 * 1024;

/** Services that a proxy remembers; beyond it those that nobody offers any more are forgotten. */
export const SERVICES_KNOWN_MAX = 10_000;

/** TCP connections that a name server has at the same time; further ones are closed at once. */
export const DNS_CONNECTIONS_MAX = 128;
/** A name server's TCP connection on which nothing arrives for so long is closed. */
export const DNS_IDLE_MS = 10_000;
/** Longest DNS query taken over TCP: a question, EDNS and what clients pad it with. */
export const DNS_QUERY_MAX_BYTES = 4_096;
/** Largest DNS answer over UDP: fits every path without fragments (RFC 9715). */
export const DNS_UDP_MAX_BYTES = 1_232;
/** Addresses in a DNS answer: so many fit 512 bytes for names of usual length. */
export const DNS_ADDRESSES_MAX = 8;
/** How long DNS answers may be kept by default, in seconds (`nameServer.ttlSeconds`). */
export const DNS_TTL_DEFAULT_SECONDS = 30;
/** Longest time that DNS answers may be kept, in seconds: a web server that died is known for a day. */
export const DNS_TTL_MAX_SECONDS = 86_400;
/** Time between the health checks of a web server by a name server. */
export const HEALTH_CHECK_MS = 1_000;
/** Time such a check may take. */
export const HEALTH_CHECK_TIMEOUT_MS = 1_000;

/** Addresses that one source of addresses may give; further ones are left out. */
export const SOURCE_ADDRESSES_MAX = 1_024;
/** How often a name is looked up again by default (`?refreshMs=`): Deno's resolver does not tell a TTL. */
export const DNS_REFRESH_MS = 5_000;
/** Bounds of `?refreshMs=`. */
export const DNS_REFRESH_MIN_MS = 100;
/** See {@linkcode DNS_REFRESH_MIN_MS}. */
export const DNS_REFRESH_MAX_MS = 3_600_000;
/** Time a lookup in DNS may take. */
export const DNS_LOOKUP_MS = 5_000;
/** Life of a server's entry in etcd when the server does not renew it: the TTL of its lease. */
export const ETCD_LEASE_MS = 10_000;
/** How often the entry is renewed, and etcd asked for a sign of life. */
export const ETCD_RENEW_MS = 3_000;
/** Time a request to etcd may take. */
export const ETCD_REQUEST_MS = 3_000;
/** Largest message taken from etcd: all entries of a prefix, in base64. */
export const ETCD_MESSAGE_MAX_BYTES = 4 * 1024 * 1024;
/** First and longest pause before etcd is asked again; doubled in between, with jitter. */
export const ETCD_RETRY_MIN_MS = 100;
/** See {@linkcode ETCD_RETRY_MIN_MS}. */
export const ETCD_RETRY_MAX_MS = 5_000;

/** Longest message of a log line, in characters; a longer one is cut. */
export const LOG_MESSAGE_MAX_CHARS = 8_192;
/** Longest name of a field of a log line, in characters. */
export const LOG_NAME_MAX_CHARS = 128;
/** How much of a value of user code is looked at when it is shown: characters of one text in it. */
export const SHOWN_TEXT_MAX_CHARS = 4_096;
/** See {@linkcode SHOWN_TEXT_MAX_CHARS}: characters of all texts and names together. */
export const SHOWN_MAX_CHARS = 16_384;
/** See {@linkcode SHOWN_TEXT_MAX_CHARS}: values in it, at whatever depth. */
export const SHOWN_VALUES_MAX = 1_000;
/** See {@linkcode SHOWN_TEXT_MAX_CHARS}: items of one array, map, set or object. */
export const SHOWN_ITEMS_MAX = 100;
/** See {@linkcode SHOWN_TEXT_MAX_CHARS}: objects inside each other. */
export const SHOWN_DEPTH_MAX = 6;
/** Most bytes of log lines that wait to be written; beyond it lines are dropped, and counted. */
export const LOG_QUEUE_MAX_BYTES = 1024 * 1024;
/** Most bytes of one write to a pipe that several write to: it arrives in one piece (`PIPE_BUF` of Linux). */
export const LOG_PIECE_MAX_BYTES = 4_096;
/** Pause before a log line is tried again that the other side had no room for. */
export const LOG_RETRY_MS = 20;
/** Time that a process which ends gives its last log lines. */
export const LOG_FLUSH_MS = 1_000;
/** The same for a worker whose user code ends it by `Deno.exit()`: nothing else runs meanwhile. */
export const LOG_EXIT_MS = 200;
/** Lines of one kind that are logged at once; further ones are counted, and let in at a rate. */
export const LOG_KIND_BURST = 20;
/** Time after which one more line of a kind is logged. */
export const LOG_KIND_REFILL_MS = 1_000;
/** How often it is told how many lines of a kind were left out. */
export const LOG_KIND_REPORT_MS = 5_000;
/** Kinds of lines that are told apart; what comes beyond shares one allowance. */
export const LOG_KINDS_MAX = 256;
/** Longest line that is taken from a worker's stdout or stderr, in bytes; the rest of it is cut. */
export const LOG_RAW_LINE_MAX_BYTES = 8_192;
/** Largest record of a worker's log, encoded; a larger one is dropped. */
export const LOG_RECORD_MAX_BYTES = 512 * 1024;
/** Bytes that a server reads of its workers' stdout and stderr at once, and per second: who writes more, waits. */
export const LOG_READ_BURST_BYTES = 1024 * 1024;
/** See {@linkcode LOG_READ_BURST_BYTES}. */
export const LOG_READ_BYTES_PER_S = 4 * 1024 * 1024;
/** Time that the output of a worker which has ended may take to end: a process that it started may hold it open. */
export const LOG_READ_END_MS = 500;
/** Labels that `console.count()` and `console.time()` remember, each. */
export const CONSOLE_LABELS_MAX = 1_024;

/** The largest frame that a space of `spaceBytes` carries: one always fits an empty space, wherever its head is. */
export function frameMaxBytes(spaceBytes: number): number {
  return Math.min(FRAME_MAX_BYTES, spaceBytes / 2);
}

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
