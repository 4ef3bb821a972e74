/**
 * What a server can do beyond the first version of the protocol. Each side names its features in its HELLO,
 * and uses towards the other only those that both have.
 *
 * @module
 */

/** Name of every feature. */
export const Feature = {
  /** PINGs carry the sender's monotonic clock, and deadlines are points on it. */
  CLOCK: "clock",
  /** Requests say that they are suspect, and errors that the process died. */
  SUSPECTS: "suspects",
  /** Requests say that their deadline is for the first reply alone. */
  STREAMS: "streams",
  /** A cancelled call is ended soon, whatever the process does that works on it. */
  CANCELS: "cancels",
} as const;

/** The features of this version. */
export const FEATURES: readonly string[] = Object.values(Feature);
