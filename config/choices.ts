/**
 * The values of settings that have a few. Apart from the schema, so that a command which needs no
 * configuration does not load the schema's library.
 *
 * @module
 */

/** The roles this version can take. */
export const ROLES = ["web", "exec", "name"] as const;
/** How the name server chooses among the web servers of a name. */
export const ANSWER_MODES = ["round-robin", "address-hash"] as const;
/** What happens to a process whose user code does not catch an error. */
export const ON_UNCAUGHT = ["replace", "continue", "exit"] as const;
/** The levels of the log. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** The formats of the log. */
export const LOG_FORMATS = ["text", "json"] as const;
