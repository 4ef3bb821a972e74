/**
 * What happens in one run, as plain data: so that it can be shown, and shrunk.
 *
 * @module
 */
import type { ProxyBounds } from "../proxy/proxy_bounds.ts";
import type { Manner } from "./auditor/observation.ts";

/** What a server that lies does to a frame that it sends on a link. */
export type Lie = "flips" | "omits" | "repeats" | "misdirects" | "invents";

/** How a server lies. */
export interface LiesPlan {
  readonly fromMs: number;
  /** When it is started again, and lies no more; absent: never. */
  readonly untilMs?: number;
  /** One frame of so many is a lie. */
  readonly every: number;
  readonly ways: readonly Lie[];
}

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
  /** Absent: it tells the truth. */
  readonly lies?: LiesPlan;
  /** When it comes, in ms; absent: it is there from the beginning. */
  readonly fromMs?: number;
  /** When it leaves, in ms; absent: it stays. */
  readonly untilMs?: number;
  /** It leaves without a word, and its machine with it. */
  readonly vanishes?: boolean;
  /** When another machine comes under its name; absent: none does. */
  readonly returnsMs?: number;
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
  /** Its reader stops for so long, in ms, after so many items. */
  readonly pause?: { readonly afterItems: number; readonly ms: number };
  /** So long may there be no item of a stream, in ms; absent: as long as it likes. */
  readonly idleMs?: number;
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
  | "groups change"
  | "strangers knock";

/** One thing that goes wrong. */
export interface FaultPlan {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly server: string;
  /** The other end of a link. */
  readonly other: string;
  /** Which process, or which step. */
  readonly which: number;
  /** How long, or by how much, in ms; how many strangers. */
  readonly ms: number;
}

/** Servers, services, load, and the faults that befall them, each with its time. */
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
