/**
 * A site in virtual time for tests of routing: proxies with real routers, servers that are
 * nothing but latencies, calls that arrive at random.
 *
 * @module
 */
import { BinaryHeap } from "@std/data-structures/binary-heap";
import type { Code } from "../../errors.ts";
import { Router } from "../../routing/router.ts";
import { request, seededRandom } from "./servers.ts";
import type { GroupConfig, ServerView } from "../../routing/types.ts";

/** What a server does with a call that arrives at `now` while it has `inFlight` others. */
export type ServerModel = (
  name: string,
  now: number,
  inFlight: number,
  random: () => number,
) => { latencyMs: number; outcome: "ok" | Code };

/** What is simulated. */
export interface SimulationOptions {
  group: GroupConfig;
  servers: ServerView[];
  model: ServerModel;
  /** Proxies, each with its own router that knows only its own calls. */
  proxies: number;
  callsPerSecond: number;
  durationMs: number;
  seed: number;
  key?: (random: () => number) => string;
}

/** A call that ended. */
export interface SimulatedCall {
  server: string;
  startMs: number;
  latencyMs: number;
  outcome: "ok" | Code;
}

/** Runs the site until every call has ended. Calls arrive as a Poisson process. */
export function simulate(options: SimulationOptions): SimulatedCall[] {
  const random = seededRandom(options.seed);
  let now = 1;
  const routers = Array.from({ length: options.proxies }, (_, i) => {
    const router = new Router({
      self: `web-${i}`,
      groups: [options.group],
      now: () => now,
      random: seededRandom(options.seed + 1 + i),
    });
    router.update(options.servers);
    return router;
  });
  const inFlight = new Map<string, number>();
  const calls: SimulatedCall[] = [];
  const events = new BinaryHeap<Event>((a, b) => a.at - b.at);
  const end = now + options.durationMs;
  const arrive = () => {
    if (now >= end) return;
    events.push({ at: now - Math.log(1 - random()) * 1_000 / options.callsPerSecond, run: arrive });
    const router = routers[Math.floor(random() * routers.length)]!;
    const { server, code } = router.pick(request({ key: options.key?.(random) }));
    if (server === undefined) throw new Error(`no server: ${code}`);
    router.started(server, "quotes");
    const { name } = server;
    const busy = inFlight.get(name) ?? 0;
    inFlight.set(name, busy + 1);
    const startMs = now;
    const { latencyMs, outcome } = options.model(name, now, busy, random);
    const run = () => {
      inFlight.set(name, (inFlight.get(name) ?? 0) - 1);
      router.ended(server, "quotes", outcome, latencyMs);
      calls.push({ server: name, startMs, latencyMs, outcome });
    };
    events.push({ at: now + latencyMs, run });
  };
  arrive();
  for (let event = events.pop(); event; event = events.pop()) {
    now = event.at;
    event.run();
  }
  return calls;
}

/** Share of calls for which `holds`. */
export function share(
  calls: readonly SimulatedCall[],
  holds: (call: SimulatedCall) => boolean,
): number {
  return calls.filter(holds).length / calls.length;
}

/** A latency around `meanMs`, with a tail. */
export function typicalLatency(meanMs: number, random: () => number): number {
  return meanMs * (0.5 - 0.5 * Math.log(1 - random()));
}

interface Event {
  at: number;
  run: () => void;
}
