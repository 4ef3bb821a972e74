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
  readonly balance: string;
  readonly prefer: string;
  readonly servers: readonly GroupServerStatus[];
  readonly counters: Readonly<Record<string, number>>;
}

/** One server of a group. */
export interface GroupServerStatus {
  readonly name: string;
  /** `false`: a group names it, and it was not connected so far. */
  readonly seen?: boolean;
  readonly state: string;
  readonly picked: number;
  readonly inFlight: number;
  readonly failures: number;
  readonly ejections: number;
}

/** One service of the server itself. */
export interface DispatchStatus {
  readonly service: string;
  readonly processes: readonly number[];
  readonly inFlight: number;
  readonly waiting: number;
  readonly overloaded: boolean;
  readonly counters: Readonly<Record<string, number>>;
}

/** The name server. */
export interface NameServerStatus {
  readonly address: string;
  readonly zone: string;
  readonly mode: string;
  readonly servers: readonly {
    readonly name: string;
    readonly healthy: boolean;
    readonly url: string;
    readonly why: string | null;
  }[];
  readonly answers: Readonly<Record<string, number>>;
  readonly refusedConnections: number;
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
  readonly dispatch: readonly DispatchStatus[];
  /** Absent without the role `name`. */
  readonly nameServer?: NameServerStatus;
  readonly counters: Readonly<Record<string, unknown>>;
}
