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

/** One worker process, or the place of one that is to come. */
export interface WorkerStatus {
  /** `null` while it has none. */
  readonly slot: number | null;
  readonly kind: "web" | "exec";
  /** Directory of the project its modules belong to. */
  readonly project: string;
  /** `null`: there is no process now, one comes after a pause. */
  readonly pid: number | null;
  /** `waiting`, `starting`, `ready`, `draining`, …; a worker that is replaced and its successor are two. */
  readonly state: string;
  /** Processes that were started in its place after the first. */
  readonly restarts: number;
  /** How the last process of its place ended; `null`: none has. */
  readonly lastEnd: string | null;
  /** Resident memory; `null`: not known. */
  readonly memoryBytes: number | null;
  /** How late its event loop is; `null`: not known. */
  readonly loopDelayMs: number | null;
  /** Calls it has been given; `null` for a web process. */
  readonly requests: number | null;
  /** Errors that user code did not catch, of all processes of its place so far. */
  readonly uncaught: number;
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
  /** Absent: a server of an earlier version. */
  readonly workers?: readonly WorkerStatus[];
  readonly links: readonly LinkStatus[];
  readonly groups: readonly GroupStatus[];
  readonly services: readonly (string | { readonly name: string })[];
  readonly dispatch: readonly DispatchStatus[];
  /** Absent without the role `name`. */
  readonly nameServer?: NameServerStatus;
  readonly counters: Readonly<Record<string, unknown>>;
}
