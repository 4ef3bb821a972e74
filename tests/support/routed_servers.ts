/**
 * A site in virtual time for tests of routing: proxies with real routers, servers that are
 * nothing but latencies, calls that arrive at random.
 *
 * @module
 */
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
  const events = new EventQueue();
  const end = now + options.durationMs;
  const arrive = () => {
    if (now >= end) return;
    events.add(now - Math.log(1 - random()) * 1_000 / options.callsPerSecond, arrive);
    const router = routers[Math.floor(random() * routers.length)]!;
    const { server, code } = router.pick(request({ key: options.key?.(random) }));
    if (server === undefined) throw new Error(`no server: ${code}`);
    router.started(server, "quotes");
    const { name } = server;
    const busy = inFlight.get(name) ?? 0;
    inFlight.set(name, busy + 1);
    const startMs = now;
    const { latencyMs, outcome } = options.model(name, now, busy, random);
    events.add(now + latencyMs, () => {
      inFlight.set(name, inFlight.get(name)! - 1);
      router.ended(server, "quotes", outcome, latencyMs);
      calls.push({ server: name, startMs, latencyMs, outcome });
    });
  };
  arrive();
  for (let event = events.next(); event; event = events.next()) {
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

/** A binary heap, earliest first. */
class EventQueue {
  readonly #heap: Event[] = [];

  add(at: number, run: () => void): void {
    const heap = this.#heap;
    let i = heap.push({ at, run }) - 1;
    for (let up = (i - 1) >> 1; i > 0 && heap[up]!.at > heap[i]!.at; i = up, up = (i - 1) >> 1) {
      [heap[i], heap[up]] = [heap[up]!, heap[i]!];
    }
  }

  next(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || heap.length === 0) return first;
    heap[0] = last!;
    for (let i = 0;;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && heap[child]!.at < heap[least]!.at) least = child;
      }
      if (least === i) return first;
      [heap[i], heap[least]] = [heap[least]!, heap[i]!];
      i = least;
    }
  }
}
