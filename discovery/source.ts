/**
 * What every source of addresses is.
 *
 * @module
 */

/** How this server is to be found by others. */
export interface Entry {
  /** Where other proxies may dial in, `"host:port"`. */
  readonly address: string;
}

/** How it stands with a source. */
export interface SourceStatus {
  /** As configured. */
  readonly source: string;
  /**
   * `asking`: no answer yet. `current`: what is known is what the source has. `stale`: the source does
   * not answer now, and what it said last is used.
   */
  readonly state: "asking" | "current" | "stale";
  /** How many addresses it gives. */
  readonly addresses: number;
  /** Why the last attempt failed; `null` after a good one. */
  readonly error: string | null;
  /** Whether this server is registered there; absent where servers do not register themselves. */
  readonly registered?: boolean;
}

/**
 * Gives a set of addresses that changes. Trouble with a source is never the trouble of those who use it: it
 * keeps what it knows, says so in its status, and tries again.
 */
export interface AddressSource extends AsyncDisposable {
  /** How it stands. */
  readonly status: SourceStatus;
  /**
   * Begins to look. To be called once.
   *
   * @param changed Called with all addresses (`"host:port"`, none twice) when they or the state are others.
   */
  start(changed: (addresses: readonly string[]) => void): void;
  /** Registers this server, if servers register themselves there. */
  enter(entry: Entry): void;
  /** Takes the entry back. Settles when that is done, or is not possible now. */
  leave(): Promise<void>;
  /** Ends everything that is under way. An entry is left to {@linkcode leave}, or to its end by itself. */
  [Symbol.asyncDispose](): Promise<void>;
}
