/**
 * What a call asks for.
 *
 * @module
 */
import type { Payload } from "../endpoint/codec.ts";

/** What a call asks for, options and defaults merged. */
export interface CallRequest {
  /** `"service.handler"`. */
  readonly target: string;
  /** The handler's input. */
  readonly input: Payload;
  /** The routing key. */
  readonly key: string | undefined;
  /** Whether the caller named the key, or it is the user's identity. */
  readonly keyExplicit: boolean;
  /** Whether it may be repeated after it may have started, as far as the caller says. */
  readonly idempotent: boolean;
  /** Encoded key/value pairs; `null`: none. */
  readonly metadata: Uint8Array | null;
  /** Hash of the only server that may answer; 0: any. */
  readonly pinnedHash: number;
  /** When it was made, on the clock of its process, in ms. */
  readonly madeMs: number;
  /** When it must have ended, on the same clock. */
  readonly deadlineMs: number;
  /** Whether that is for the first reply alone: a stream that has begun goes on. */
  readonly firstReply: boolean;
  /** Longest time between two items while the reader waits; `undefined`: any. */
  readonly idleTimeoutMs: number | undefined;
  /** Ends it in `CANCELLED` when aborted. */
  readonly signal: AbortSignal | undefined;
}
