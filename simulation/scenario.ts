/**
 * What happens in one run, as plain data: so that it can be shown, and shrunk.
 *
 * @module
 */
import type { ProxyBounds } from "../proxy/proxy_bounds.ts";
import type { Manner } from "./auditor/observation.ts";

/** A server. */
export interface ServerPlan {
  readonly name: string;
  /** Worker processes of each kind. */
  readonly web: number;
  readonly exec: number;
  readonly spaceBytes: number;
  /** What its machine's clock shows at the beginning, in ms. */
  readonly clockMs: number;
  /** Names of servers that it dials. */
  readonly dials: readonly string[];
}

/** A call. */
export interface CallPlan {
  readonly call: number;
  readonly atMs: number;
  readonly manner: Manner;
  /** The server, and which of its web processes. */
  readonly server: string;
  readonly process: number;
  readonly service: string;
  readonly handler: "echo" | "again" | "items" | "pass";
  readonly key?: string;
  readonly timeoutMs: number;
  readonly inputBytes: number;
  readonly replyBytes: number;
  /** How long the handler waits, and how long it computes, in ms. */
  readonly waitMs: number;
  readonly burnMs: number;
  readonly items: number;
  /** How long the reader of a stream takes for each item, in ms. */
  readonly readMs: number;
  /** When its caller gives up, after it was made, in ms; the reader of a stream after so many items. */
  readonly cancelAfterMs?: number;
  readonly hedgeAfterMs?: number;
  /** A server where its handler takes much longer. */
  readonly slowAt?: string;
  /** Its handler kills its process. */
  readonly deadly?: true;
  /** The handler waits on its own, and looks at its signal only. */
  readonly onward?: CallPlan;
}

/** What goes wrong. */
export type FaultKind =
  | "worker dies"
  | "worker dies at a step"
  | "worker stops"
  | "worker is replaced"
  | "worker writes nonsense"
  | "worker repeats itself"
  | "server dies"
  | "server stops"
  | "server drains"
  | "link is cut"
  | "link ends half"
  | "link freezes"
  | "link is slow"
  | "clock jumps"
  | "groups change";

/** One thing that goes wrong. */
export interface FaultPlan {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly server: string;
  /** The other end of a link. */
  readonly other: string;
  /** Which process, or which step. */
  readonly which: number;
  /** How long, or by how much, in ms. */
  readonly ms: number;
}

/** See the module's description. */
export interface Scenario {
  readonly seed: number;
  readonly servers: readonly ServerPlan[];
  readonly calls: readonly CallPlan[];
  readonly faults: readonly FaultPlan[];
  /** How bytes travel between servers. */
  readonly network: {
    readonly minMs: number;
    readonly maxMs: number;
    readonly pieceMaxBytes: number;
    readonly windowBytes: number;
  };
  readonly secret: string | undefined;
  /** How full things may get in a proxy. */
  readonly bounds: ProxyBounds;
  /** Calls that one process of service `narrow` works on at once. */
  readonly narrow: number;
  /** Key → server that alone may answer, in service `owned`. */
  readonly owners: Readonly<Record<string, string>>;
  /** From when on everything has recovered, and calls must succeed, in ms. */
  readonly peaceMs: number;
  /** When nothing is made any more, in ms. */
  readonly endMs: number;
}
