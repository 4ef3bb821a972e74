/**
 * How often bounds were met, in this process: where something is refused or dropped, and nowhere else.
 *
 * A worker tells its server, which adds it to its own: `mesh status --json` shows the sums.
 *
 * @module
 */

/** Bounds that are counted, by their names in `limits.ts`. A bound that settings may change has its default's name. */
export const COUNTED_BOUNDS = [
  "ATTEMPTS_MAX",
  "CALLS_MAX",
  "CODEL_TARGET_MS",
  "CONSOLE_LABELS_MAX",
  "DEATHS_MAX",
  "DNS_ADDITIONALS_MAX",
  "DNS_CONNECTIONS_MAX",
  "DNS_QUERY_MAX_BYTES",
  "ERROR_MESSAGE_MAX_BYTES",
  "ETCD_MESSAGE_MAX_BYTES",
  "GONE_SERVERS_MAX",
  "HANDSHAKES_MAX",
  "HEDGE_BUDGET_RATIO",
  "HELD_MAX_BYTES",
  "HELLO_MAX_BYTES",
  "HELLO_NAMES_MAX",
  "IDENTITY_MAX_CHARS",
  "INTEGER_MAX_BYTES",
  "KEY_MAX_BYTES",
  "LINK_CONTROL_QUEUE_MAX_BYTES",
  "LINK_QUEUE_MAX_BYTES",
  "LOG_KINDS_MAX",
  "LOG_KIND_BURST",
  "LOG_QUEUE_MAX_BYTES",
  "LOG_RAW_LINE_MAX_BYTES",
  "LOG_RECORD_MAX_BYTES",
  "MESSAGE_DEFAULT_BYTES",
  "METADATA_MAX_BYTES",
  "MODULE_CHECK_OUTPUT_MAX_BYTES",
  "OFFERED_HANDLERS_MAX",
  "OFFERED_SERVICES_MAX",
  "PAYLOAD_DEPTH_MAX",
  "PROTOTYPES_MAX",
  "RETRY_BUDGET_RATIO",
  "SERVER_INFO_MAX_BYTES",
  "SERVICES_KNOWN_MAX",
  "SERVICE_QUEUE_MAX_CALLS",
  "SLOTS_DEFAULT",
  "SLOT_QUEUE_MAX_BYTES",
  "SOURCE_ADDRESSES_MAX",
  "TARGET_MAX_BYTES",
  "UNCAUGHT_LOGGED_PER_SECOND",
] as const;

/** Name of a bound that is counted. */
export type CountedBound = typeof COUNTED_BOUNDS[number];

const counts = Object.fromEntries(COUNTED_BOUNDS.map((bound) => [bound, 0])) as Record<
  CountedBound,
  number
>; // one of each
let told: (() => void) | undefined;

/**
 * A bound was met: something is refused or dropped.
 *
 * @param times How often.
 */
export function reached(bound: CountedBound, times = 1): void {
  counts[bound] += times;
  told?.();
}

/** How often each bound was met since this process began. */
export function boundsReached(): Readonly<Record<CountedBound, number>> {
  return { ...counts };
}

/** Has `tell` called whenever a bound is met: there is one such listener in a process. */
export function onReached(tell: () => void): void {
  told = tell;
}

/** Whether a text is the name of a bound that is counted. */
export function isCountedBound(name: string): name is CountedBound {
  return (COUNTED_BOUNDS as readonly string[]).includes(name);
}
