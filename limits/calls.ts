/**
 * Bounds of calls: streams, queues, deadlines, attempts, and the choice of servers.
 *
 * @module
 */

/** Credit a message stream starts with, per direction, in bytes: without credit its sender waits. */
export const STREAM_WINDOW_BYTES = 262_144;
/** What one item of a stream costs of its credit at least: bounds the number of items under way. */
export const STREAM_ITEM_MIN_COST_BYTES = 4_096;

/** Most calls that a server has under way (20 bits of the stream id): one more is refused. */
export const CALLS_MAX = 1 << 20;
/** Most bytes waiting in the proxy for one slot: beyond it new calls get `RESOURCE_EXHAUSTED`. */
export const SLOT_QUEUE_MAX_BYTES = 128 * 1024 * 1024;
/** With errors and cancellations, which are sent when data is refused: a slot beyond it is given up. */
export const SLOT_QUEUE_CONTROL_MAX_BYTES = 2 * SLOT_QUEUE_MAX_BYTES;
/** Most bytes waiting in the proxy for one link: beyond it new calls get `RESOURCE_EXHAUSTED`. */
export const LINK_QUEUE_MAX_BYTES = 512 * 1024 * 1024;
/** Most calls waiting in a server's queue of one service: one more is refused. */
export const SERVICE_QUEUE_MAX_CALLS = 16_384;
/** Bytes kept of a request that waits for a process, more than its caller has credit for: the call fails beyond it. */
export const HELD_MAX_BYTES = 2 * 1024 * 1024;
/** Longest acceptable standing wait in the queue of a service, in ms: RFC 8289's 5 to 10 % of the interval. */
export const CODEL_TARGET_MS = 100;
/**
 * Time over which the smallest wait is taken, in ms (the scale on which callers react, a second): when even that was
 * above {@linkcode CODEL_TARGET_MS}, new calls are refused.
 */
export const CODEL_INTERVAL_MS = 1_000;

/**
 * How long a call that was in flight in a process that died waits at most for a process without another such call:
 * then it shares one.
 */
export const SUSPECT_APART_MAX_MS = 10_000;
/** Processes that a call may be in flight in when they die: then it is thought to be what kills them, and fails. */
export const DEATHS_MAX = 2;

/** Default time a call may take (`CallOptions.timeoutMs`): then it fails with `DEADLINE_EXCEEDED`. */
export const TIMEOUT_DEFAULT_MS = 5_000;
/** Longest time a call may take (32 bits of milliseconds on the wire, and a day is long): a longer one is refused. */
export const TIMEOUT_MAX_MS = 86_400_000;
/** How long requests of one turn may take a process before its timers, replies and cancellations get theirs. */
export const REQUESTS_SLICE_MS = 2;
/** Time that a caller whose own deadline has passed waits for its proxy's word on whether the handler began. */
export const DEADLINE_GRACE_MS = 50;
/** Time that a target has to end a cancelled call; then its proxy ends it for whoever called. */
export const CANCEL_WORD_MS = 1_000;
/** A peer that has not ended a cancelled call within this time is given up: it loses frames. */
export const CANCEL_SILENCE_MS = 60_000;

/** Retries a caller may spend per call it makes: 10 %. Without budget, the error is the call's. */
export const RETRY_BUDGET_RATIO = 0.1;
/** Retries a caller may spend before it has made any calls. */
export const RETRY_BUDGET_MIN = 10;
/** Most that a budget saves, as a multiple of what it begins with: a long quiet time pays for no storm. */
export const BUDGET_SAVED_MAX_FACTOR = 10;
/** Hedges a caller may send per call it makes: 5 %. Without budget, none is sent. */
export const HEDGE_BUDGET_RATIO = 0.05;
/** Hedges a caller may send before it has made any calls. */
export const HEDGE_BUDGET_MIN = 1;
/** Attempts of one call that may have begun or were refused for overload, the first included: then the error is the call's. */
export const ATTEMPTS_MAX = 3;
/** First and longest pause before a call is made again, but for the first time, which is at once; doubled in between. */
export const RETRY_PAUSE_MIN_MS = 20;
/** See {@linkcode RETRY_PAUSE_MIN_MS}. */
export const RETRY_PAUSE_MAX_MS = 400;
/** Time for a page whose maker says nothing: then its missing parts get their fallbacks. */
export const PAGE_BUDGET_DEFAULT_MS = 1_000;

/** Requests that a proxy remembers for `mesh why`: it forgets the oldest. */
export const DECISIONS_KEPT = 4_096;
/** Services that a proxy remembers: beyond it those that nobody offers any more are forgotten. */
export const SERVICES_KNOWN_MAX = 10_000;
/** Largest description of the groups with a key module, their tables' keys included: a larger one is refused at the start. */
export const KEY_GROUPS_MAX_BYTES = 512 * 1024;
/** Time that a reload waits for the processes to load changed key modules: then it tells which have not. */
export const KEY_MODULES_LOADED_MS = 5_000;

/** Load bound of routed groups: beyond that multiple of the average, a server's calls go to the next one. */
export const LOAD_BOUND_DEFAULT = 1.25;
/**
 * A server with fewer calls in flight than this is never too loaded: at such counts the differences are
 * chance, and spilling would only cost the affinity.
 */
export const LOAD_BOUND_MIN_CALLS = 8;
/** Length of the first ejection, in ms; it doubles with each further one. */
export const EJECTION_MIN_MS = 1_000;
/** Longest ejection, in ms: further ones are as long. */
export const EJECTION_MAX_MS = 30_000;
/** Largest share of a service's servers that may be ejected at the same time: one more stays in. */
export const EJECTED_SHARE_MAX = 0.5;
