/**
 * Looks now and then how full everything is that has a bound.
 *
 * @module
 */
import type { Observation } from "./auditor/observation.ts";
import type { SimServer } from "./server.ts";
import type { World } from "./world.ts";

/** How often, in ms. What waits for a slot is looked at whenever something leaves. */
const LOOK_MS = 25;

/** Looks until a time. */
export function watchLevels(
  servers: readonly SimServer[],
  world: World,
  see: (observation: Observation) => void,
  untilMs: number,
): void {
  const look = () => {
    for (const server of servers) lookAt(server, world.nowMs, see);
    if (world.nowMs < untilMs) world.at(world.nowMs + LOOK_MS, null, look);
  };
  world.at(LOOK_MS, null, look);
}

function lookAt(
  { proxy, process, slots }: SimServer,
  ms: number,
  see: (observation: Observation) => void,
): void {
  if (process.dead) return;
  const level = (
    what: "calls" | "calls of a slot" | "waiting calls" | "link bytes",
    count: number,
  ) => {
    // Most of the time there is nothing to tell.
    if (count > 1) see({ type: "level", ms, where: process.name, what, count });
  };
  level("calls", proxy.openCalls);
  for (const { port } of slots) level("calls of a slot", port?.begunCalls ?? 0);
  for (const { waiting } of proxy.dispatcher.snapshot()) level("waiting calls", waiting);
  for (const link of proxy.links.links()) level("link bytes", link.queue.queuedBytes);
}
