/**
 * What a server says about itself: the body of `/status`.
 *
 * @module
 */
import type { Role, ServerConfig } from "../config/types.ts";
import type { Discovery } from "../discovery/discovery.ts";
import type { SourceStatus } from "../discovery/source.ts";
import { boundsReached, type CountedBound } from "../limits/reached.ts";
import { type LogCounters, logCounters } from "../observe/process_log.ts";
import type { AddressStatus } from "../proxy/link/dialler.ts";
import type { Proxy } from "../proxy/proxy.ts";
import type { SwitchboardCounters } from "../proxy/switchboard/counters.ts";
import type { GroupSnapshot, PoolSnapshot } from "../routing/types.ts";
import type { Segment } from "../shm/segment.ts";
import type { MarkModes } from "../shm/slot_end.ts";
import type { ServiceInfo } from "../wire/server_info.ts";
import type { NameRole, NameServerStatus } from "./name_role.ts";
import type { Occupant } from "../proxy/slot/slot.ts";
import type { WorkerPool } from "../supervisor/worker_pool.ts";
import type { WorkerState } from "../supervisor/worker_state.ts";
import { type WorkerStatus, workerStatus } from "./worker_status.ts";

/** One slot. */
export interface SlotStatus {
  readonly index: number;
  /** What is attached; `null` for a free slot. */
  readonly kind: Occupant["kind"] | null;
  readonly pid: number | null;
  readonly generation: number;
  readonly state: WorkerState | "free";
  readonly inFlight: number;
  readonly marks: { readonly proxy: MarkModes; readonly process: MarkModes };
  /** Frames that came in their sender's name after the slot had got another process. */
  readonly droppedFrames: number;
  /** What waits in the proxy for room in the slot. */
  readonly queuedBytes: number;
}

/** One link that is up, or one address without a link. */
export interface LinkStatus {
  /** The server at the other end, as far as it is known. */
  readonly peer: string | null;
  readonly address: string;
  readonly state: AddressStatus["state"] | "closing";
  /** `null`: not known. */
  readonly rttMs: number | null;
  /** Why the last attempt failed. Absent where there is a link. */
  readonly error?: string | null;
  /** Whether this server has dialled. This and what follows are absent where there is no link. */
  readonly dialled?: boolean;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly framesIn?: number;
  readonly framesOut?: number;
}

/** What the log of the server and its workers lacks, and how often a worker wrote faster than it is read. */
export interface LogStatus extends LogCounters {
  /** Lines and records of workers of which something was cut. */
  readonly logCut: number;
  readonly logReadWaits: number;
}

/** Totals since the server's start, and the calls that are under way. */
export interface ServerCounters extends Readonly<SwitchboardCounters>, LogStatus {
  readonly openCalls: number;
  readonly workerStarts: number;
  /** Errors that user code in workers did not catch. */
  readonly uncaught: number;
  readonly slotFaults: number;
  readonly refusedProcesses: number;
  readonly crashLoops: number;
  /** Errors that nobody caught in the server itself. */
  readonly uncaughtErrors: number;
}

/** Everything. */
export interface Status {
  readonly server: {
    readonly name: string;
    readonly roles: readonly Role[];
    readonly pid: number;
    readonly uptimeMs: number;
    readonly draining: boolean;
  };
  readonly slots: readonly SlotStatus[];
  readonly workers: readonly WorkerStatus[];
  readonly links: readonly LinkStatus[];
  /** Where addresses to dial come from. */
  readonly sources: readonly SourceStatus[];
  readonly groups: readonly GroupSnapshot[];
  /** What the server offers. */
  readonly services: readonly ServiceInfo[];
  /** Its services, as calls wait for them. */
  readonly dispatch: readonly PoolSnapshot[];
  readonly counters: ServerCounters;
  /** How often bounds were met, here and in the server's workers: their names in `limits.ts`. */
  readonly bounds: Readonly<Record<CountedBound, number>>;
  /** Absent without the role `name`. */
  readonly nameServer?: NameServerStatus;
}

/** Who is asked for the status. */
export interface StatusParts {
  readonly config: ServerConfig;
  readonly proxy: Proxy;
  /** The server's processes. */
  readonly pool: WorkerPool;
  /** Its shared memory. */
  readonly segment: Segment;
  /** What it dials. */
  readonly discovery: Discovery;
  /** Its name server, if it is one. */
  readonly names: NameRole | undefined;
  /** When it started, on the clock of `performance.now()`. */
  readonly startedMs: number;
  /** Errors that nobody caught in the server itself. */
  readonly uncaughtErrors: number;
}

/** Links that are up, whoever dialled, and configured addresses without one. */
function linkStatus(proxy: Proxy): LinkStatus[] {
  const up = proxy.links.links().map((link): LinkStatus => ({
    peer: link.peer.name,
    address: link.address,
    state: link.up ? "connected" : "closing",
    dialled: link.dialled,
    rttMs: link.rttMs ?? null,
    bytesIn: link.bytesIn,
    bytesOut: link.bytesOut,
    framesIn: link.framesIn,
    framesOut: link.framesOut,
  }));
  const others = proxy.links.addresses()
    .filter(({ state }) => state !== "connected")
    .map(({ peer, address, state, error }): LinkStatus => ({
      peer: peer ?? null,
      address,
      state,
      rttMs: null,
      error: error ?? null,
    }));
  return [...up, ...others];
}

function logStatus({ output }: WorkerPool): LogStatus {
  const { logDropped, logLeftOut } = logCounters();
  return {
    logDropped: logDropped + output.counters.logDropped,
    logLeftOut,
    logCut: output.counters.logCut,
    logReadWaits: output.allowance.waits,
  };
}

function slotStatus(index: number, { pool, proxy, segment }: StatusParts): SlotStatus {
  const { occupant, port } = pool.slots.at(index);
  const end = segment.slot(index);
  return {
    index,
    kind: occupant?.kind ?? null,
    pid: occupant?.pid ?? null,
    generation: end.generation,
    state: occupant === undefined ? "free" : occupant.worker?.state ?? "ready",
    inFlight: (port?.begunCalls ?? 0) + proxy.dispatcher.inFlight(index),
    marks: end.modes(),
    droppedFrames: end.droppedFrames,
    queuedBytes: port?.queue.queuedBytes ?? 0,
  };
}

/**
 * The status of a server, as plain data.
 *
 * @param parts See {@linkcode StatusParts}.
 */
export function serverStatus(parts: StatusParts): Status {
  const { config, proxy, pool, segment, discovery, names, startedMs, uncaughtErrors } = parts;
  return {
    server: {
      name: config.name,
      roles: config.roles,
      pid: Deno.pid,
      uptimeMs: Math.round(performance.now() - startedMs),
      draining: proxy.draining,
    },
    // The one that is kept for successors only when somebody is in it.
    slots: Array.from({ length: segment.slots }, (_, index) => index)
      .filter((index) => index < config.slots || pool.slots.at(index).state !== "free")
      .map((index) => slotStatus(index, parts)),
    workers: workerStatus(pool, proxy),
    links: linkStatus(proxy),
    sources: discovery.sources,
    groups: proxy.router.snapshot(),
    services: proxy.offers,
    dispatch: proxy.dispatcher.snapshot(),
    counters: {
      ...proxy.counters,
      openCalls: proxy.openCalls,
      workerStarts: pool.groups.flatMap(({ crew }) => crew.places)
        .reduce((sum, { starts }) => sum + starts, 0),
      uncaught: pool.uncaught,
      slotFaults: pool.slotFaults,
      refusedProcesses: pool.refusedProcesses,
      crashLoops: pool.groups.reduce((sum, { crew }) => sum + crew.crashLoops, 0),
      ...logStatus(pool),
      uncaughtErrors,
    },
    bounds: boundsReached(),
    ...(names && { nameServer: names.status() }),
  };
}
