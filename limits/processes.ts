/**
 * Bounds of processes: workers, their places and directories, browsers.
 *
 * @module
 */

/** Time a server that drains waits for its calls before it ends them. */
export const DRAIN_MS = 3_500;
/** Time a worker has to attach and load its modules: then it is ended. */
export const WORKER_START_MS = 20_000;
/** First and longest pause before a dead worker is replaced. */
export const RESPAWN_MIN_MS = 50;
/** See {@linkcode RESPAWN_MIN_MS}. */
export const RESPAWN_MAX_MS = 5_000;
/** A worker that lived this long did not die of its start. */
export const STABLE_LIFE_MS = 10_000;
/** Longest pause before a worker that errs again and again, and serves on meanwhile, is replaced once more. */
export const REPLACE_PAUSE_MAX_MS = 60_000;
/** Worker processes of a role when the setting says nothing: this, or the machine's cores if they are fewer. */
export const PROCESSES_DEFAULT_MAX = 4;
/** Servers that `startMesh()` starts to run services: more are refused. */
export const EXEC_SERVERS_MAX = 64;
/** Modules that a check loads at the same time, each in a process of its own: the others wait. */
export const MODULE_CHECKS_MAX = 4;
/** How much of what a module prints while it is checked is kept, in bytes: the rest is dropped. */
export const MODULE_CHECK_OUTPUT_MAX_BYTES = 1024 * 1024;

/** Pause before a server listens again where it could not accept, for instance without file descriptors. */
export const LISTEN_AGAIN_MS = 500;
/** How often a server looks whether its runtime directory is still there. */
export const RUNTIME_DIR_CHECK_MS = 1_000;
/** Times that a runtime directory is made anew when a sweep of another server takes the dead one that was there. */
export const RUNTIME_DIR_TRIES_MAX = 5;
/** Directories of dead servers that a start removes; the next start goes on. */
export const SWEPT_DIRECTORIES_MAX = 64;
/** Directories that a start looks at for that; the next start goes on. */
export const SWEEP_LOOKS_MAX = 1_024;
/** Symbolic links on the way of a path that are followed, as many as Linux follows: a path with more is refused. */
export const SYMBOLIC_LINKS_MAX = 40;
/** Bytes of the names of directories in which running servers are looked for: the rest is not looked at. */
export const DIRECTORY_NAMES_MAX_BYTES = 1_048_576;
/** Longest path of a Unix socket, what `sun_path` of Linux holds besides its final zero, in bytes: a longer one is refused. */
export const UNIX_PATH_MAX_BYTES = 107;

/** What `mesh status` tells of the end of a worker at most, in characters: more is clipped. */
export const LAST_END_MAX_CHARS = 300;
/** Longest text of an uncaught error that a worker reports to its server, in characters: a longer one is clipped. */
export const UNCAUGHT_TEXT_MAX_CHARS = 1_024;
/** Most uncaught errors that one report tells of: beyond that, a number says no more. */
export const UNCAUGHT_REPORTED_MAX = 1_000_000;
/** Most often that one report tells of a bound that was met: beyond that, a number says no more. */
export const BOUNDS_REPORTED_MAX = 1_000_000;
/** Uncaught errors that a process logs per second; it counts the others. */
export const UNCAUGHT_LOGGED_PER_SECOND = 10;
/** Handlers under way that are named with an uncaught error: the others are not. */
export const UNDER_WAY_NAMED_MAX = 16;

/** Longest time that a web process which was replaced leaves idle connections open: then it closes them. */
export const WEB_LINGER_MS = 2_000;
/** How long a call for a browser is under way before it is watched whether the browser leaves: most have ended by then. */
export const BROWSER_WATCH_MS = 5;
/**
 * Pause between two looks at open WebSockets. One that its site has closed has from one to two of them for the
 * browser's answer; then it counts as closed.
 */
export const SOCKET_LOOK_MS = 2_500;
/** Longest life of an issued cookie, in days: browsers cap it there (RFC 6265bis). */
export const COOKIE_MAX_AGE_DAYS = 400;
/** Longest identity of a user that is believed, in characters: it becomes a routing key. A longer one counts as none. */
export const IDENTITY_MAX_CHARS = 128;
