/**
 * What routing is told and what it answers. Nothing here does I/O.
 *
 * @module
 */
import type { Code } from "../errors.ts";

interface GroupBase {
  /** The group's name; `"default"` holds every service that no other group names. */
  readonly name: string;
  /** Names of the services that belong to the group. */
  readonly services: readonly string[];
  /** Names of the servers that may answer. Absent: every server that offers the service. */
  readonly servers?: readonly string[];
}

/** Round-robin over equivalent servers. */
export interface NormalGroup extends GroupBase {
  readonly mode: "normal";
  /** Whether a server's own processes come before other servers. */
  readonly prefer: "local" | "any";
  /** How the next server is picked. */
  readonly balance: "round-robin" | "least-loaded";
}

/** Requests with the same key go to the same server, others can take over. */
export interface RoutedGroup extends GroupBase {
  readonly mode: "routed";
  /** A server takes at most this multiple of the average load before its keys spill over. */
  readonly loadBound: number;
}

/** A key names the server that alone may answer. */
export interface KeyedGroup extends GroupBase {
  readonly mode: "keyed";
  /** Key → server's name. */
  readonly keys: Readonly<Record<string, string>>;
  /** Absolute path of a module whose default export gives the server's name for a key. */
  readonly keyModule?: string;
}

/** A proxy group as configured, by its routing mode. */
export type GroupConfig = NormalGroup | RoutedGroup | KeyedGroup;

/** How a group chooses among its servers. */
export type Mode = GroupConfig["mode"];

/** One server as this proxy knows it (itself included). */
export interface ServerView {
  readonly name: string;
  /** {@linkcode serverHash} of the name; never 0. */
  readonly hash: number;
  readonly local: boolean;
  readonly connected: boolean;
  readonly draining: boolean;
  /** What it offers now; of a disconnected server: what it offered last. */
  readonly services: ReadonlyMap<string, unknown>;
}

/** What the proxy wants a server for. The object may be reused from call to call. */
export interface RouteRequest {
  service: string;
  key: string | undefined;
  /** `false`: `key` is the site's user identity. Keyed groups take explicit keys only. */
  keyExplicit: boolean;
  /** Hash of a server to pass over while there is another; 0: none. */
  avoidHash: number;
  /** Hash of the only server that may be chosen, by a broadcast or as a key module named it; 0: any. */
  pinnedHash: number;
}

/** Why a server was chosen. */
export type Why =
  | "round-robin"
  | "least-loaded"
  | "key's server"
  | "spill: the key's server has too many calls"
  | "failover: the key's server is not available"
  | "key table"
  | "local preferred"
  | "probe of an ejected server"
  | "every server is ejected"
  | "pinned";

/** A server, or why there is none. Valid until the next `pick()`, which may reuse the object. */
export type Decision =
  | { server: ServerView; why: Why; code: undefined; message: "" }
  | {
    server: undefined;
    why: undefined;
    code: Code;
    message: string;
    /** The same call may fare better when it is made again. */
    again?: boolean;
  };

/** State of one server for one service or group. */
export type ServerState =
  | "ok"
  | "ejected"
  | "probing"
  | "draining"
  | "disconnected"
  | "not offering";

/** One candidate in an {@linkcode Explanation}. */
export interface ExplainedCandidate {
  server: string;
  local: boolean;
  state: ServerState;
  /** What the mode compares; what it means and whether less or more is better is in `scoreMeaning`. */
  score: number | undefined;
  inFlight: number;
  /** Peak-EWMA latency, ms; `undefined` when nothing was measured yet. */
  latencyMs: number | undefined;
  /** Last reported queue depth, faded by age. */
  queueDepth: number;
  /** Last reported mean latency of all callers, faded by age, ms; `undefined` when nothing was reported yet. */
  reportedLatencyMs: number | undefined;
  /** Times this server was chosen for this service. */
  picked: number;
  /** Why it is out of the question, or what stands out; empty otherwise. */
  note: string;
}

/** What `mesh why` prints: how a call would be decided now, changing nothing. */
export interface Explanation {
  service: string;
  key: string | undefined;
  group: string;
  mode: Mode;
  balance: NormalGroup["balance"];
  scoreMeaning: string;
  candidates: ExplainedCandidate[];
  picked: string | undefined;
  reason: string;
  code: Code | undefined;
  /** The handler that was asked about, and those that the service's servers have; absent when none was named. */
  handler?: string;
  handlers?: string[];
  /** The services that this server knows, when the one in question is none of them. */
  services?: string[];
  /** Absolute path of the module that has to say which server gets it: only the process that calls can ask it. */
  keyModule?: string;
  /** Number of keys in the group's table; there with `keyModule`. */
  tableSize?: number;
  /** The server that the module named, where it was asked. */
  keyModuleNames?: string;
}

/** What a question about a call may name beside service and key. */
export interface ExplainFacts {
  /** The server that the group's key module names for the key. */
  readonly owner?: string | undefined;
  /** The handler that is called. */
  readonly handler?: string | undefined;
}

/** One server in a {@linkcode GroupSnapshot}. */
export interface GroupServerSnapshot {
  name: string;
  /** Of one that was never seen: `"disconnected"`. */
  state: ServerState;
  /** Whether it is or was connected since this server started, or is this server itself. */
  seen: boolean;
  /** Times it was chosen for services of this group. */
  picked: number;
  inFlight: number;
  /** Calls that ended with a code that speaks against the server. */
  failures: number;
  /** Times it was ejected. */
  ejections: number;
}

/** One group in `mesh status --json`. */
export interface GroupSnapshot {
  name: string;
  mode: Mode;
  services: string[];
  balance: NormalGroup["balance"];
  prefer: NormalGroup["prefer"];
  servers: GroupServerSnapshot[];
  /** Decisions that were no plain choice. */
  counters: { spilled: number; failedOver: number; probes: number; refused: number };
}

/** A server that a broadcast addresses. */
export interface BroadcastTarget {
  name: string;
  hash: number;
  /** `false`: it belongs to the group but cannot answer now. */
  available: boolean;
}

/** One worker process as the dispatcher knows it. */
export interface ProcessView {
  /** Names the process; the index of its slot. */
  readonly id: number;
  /** Service → most calls of it that the process works on at once (`Infinity`: no bound). */
  readonly services: ReadonlyMap<string, number>;
}

/** One service of this server, for `mesh status --json`. */
export interface PoolSnapshot {
  service: string;
  /** Ids of the processes that offer it. */
  processes: number[];
  inFlight: number;
  /** Calls in the queue. */
  waiting: number;
  /** The queue stands: calls that cannot start soon are refused. */
  overloaded: boolean;
  counters: { delivered: number; queued: number; refused: number; expired: number };
}
