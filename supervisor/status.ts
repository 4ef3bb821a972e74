/**
 * What a server says about itself: the body of `/status`.
 *
 * @module
 */
import type { ServerConfig } from "../config/types.ts";
import type { Discovery } from "../discovery/discovery.ts";
import { logCounters } from "../observe/process_log.ts";
import type { Proxy } from "../proxy/proxy.ts";
import type { Segment } from "../shm/segment.ts";
import type { WorkerPool } from "./worker_pool.ts";
import { workerStatus } from "./worker_status.ts";

/** Links that are up, whoever dialled, and configured addresses without one. */
function linkStatus(proxy: Proxy): Record<string, unknown>[] {
  const up = proxy.links.links().map((link) => ({
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
    .map(({ peer, address, state, error }) => ({
      peer: peer ?? null,
      address,
      state,
      rttMs: null,
      error: error ?? null,
    }));
  return [...up, ...others];
}

/** What the log of the server and its workers lacks, and how often a worker wrote faster than it is read. */
function logStatus({ output }: WorkerPool): Record<string, number> {
  const { logDropped, logLeftOut } = logCounters();
  return {
    logDropped: logDropped + output.counters.logDropped,
    logLeftOut,
    logCut: output.counters.logCut,
    logReadWaits: output.allowance.waits,
  };
}

/**
 * The status of a server, as plain data.
 *
 * @param config The server's configuration.
 * @param proxy Its proxy.
 * @param pool Its processes.
 * @param segment Its shared memory.
 * @param discovery What it dials.
 * @param startedMs When it started, on the clock of `performance.now()`.
 */
export function serverStatus(
  config: ServerConfig,
  proxy: Proxy,
  pool: WorkerPool,
  segment: Segment,
  discovery: Discovery,
  startedMs: number,
): Record<string, unknown> {
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
      .filter((index) => index < config.slots || pool.occupant(index) !== undefined)
      .map(slotStatus),
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
    },
  };

  function slotStatus(index: number): Record<string, unknown> {
    const occupant = pool.occupant(index);
    const end = segment.slot(index);
    return {
      index,
      kind: occupant?.kind ?? null,
      pid: occupant?.pid ?? null,
      generation: end.generation,
      state: pool.stateOf(index),
      inFlight: (proxy.slot(index)?.begunCalls ?? 0) + proxy.dispatcher.inFlight(index),
      marks: end.modes(),
      droppedFrames: end.droppedFrames,
      queuedBytes: proxy.slot(index)?.queue.queuedBytes ?? 0,
    };
  }
}
