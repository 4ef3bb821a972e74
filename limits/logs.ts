/**
 * Bounds of logs.
 *
 * @module
 */

/** Longest message of a log line, in characters; a longer one is cut. */
export const LOG_MESSAGE_MAX_CHARS = 8_192;
/** Longest name of a field of a log line, in characters. */
export const LOG_NAME_MAX_CHARS = 128;
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
/** Deepest indentation by `console.group()`: deeper groups are not indented further. */
export const CONSOLE_GROUPS_MAX = 16;
