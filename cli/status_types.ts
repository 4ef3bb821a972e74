/**
 * What a server tells about itself at `/status`.
 *
 * @module
 */

/** The two modes of a mark. */
export interface MarkStatus {
  /** Whether the side that the mark belongs to can read. */
  readonly read: boolean;
  /** Whether it can write. */
  readonly write: boolean;
}

/** One slot. */
export interface SlotStatus {
  readonly index: number;
  /** What is attached: `web`, `exec`, `guest`; `null` for a free slot. */
  readonly kind: string | null;
  readonly pid: number | null;
  readonly generation: number;
  readonly state: string;
  readonly inFlight: number;
  readonly marks: { readonly proxy: MarkStatus; readonly process: MarkStatus };
}

/** One link. */
export interface LinkStatus {
  readonly peer: string | null;
  readonly address: string;
  readonly state: string;
  readonly rttMs: number | null;
}

/** One proxy group. */
export interface GroupStatus {
  readonly name: string;
  readonly mode: string;
  readonly services: readonly string[];
  readonly servers: readonly { readonly name: string; readonly state: string }[];
}

/** Everything. */
export interface Status {
  readonly server: {
    readonly name: string;
    readonly roles: readonly string[];
    readonly pid: number;
    readonly uptimeMs: number;
    readonly draining: boolean;
  };
  readonly slots: readonly SlotStatus[];
  readonly links: readonly LinkStatus[];
  readonly groups: readonly GroupStatus[];
  readonly services: readonly (string | { readonly name: string })[];
  readonly counters: Readonly<Record<string, unknown>>;
}
