/**
 * How full everything is that has a bound: looked at after each event of a proxy, and told when it was never as full.
 *
 * @module
 */
import type { Observation } from "./auditor/observation.ts";
import type { SimServer } from "./server.ts";
import { SERVICES } from "./services.ts";
import type { Owner, World } from "./world.ts";

/** What is looked at. What waits for a slot is seen whenever something leaves. */
type Level = "calls" | "calls of a slot" | "waiting calls" | "link bytes" | "handshakes";

/** Watches all proxies from now on. */
export function watchLevels(
  servers: readonly SimServer[],
  world: World,
  see: (observation: Observation) => void,
): void {
  const watches = servers.map((server) => new Watch(server, world, see));
  world.onRest = (owner) => {
    for (const watch of watches) if (watch.server.process === owner) return watch.look(owner);
  };
}

class Watch {
  #of: Owner | undefined;
  /** The most of each, in this run of the server. */
  readonly #most = new Map<Level, number>();

  constructor(
    readonly server: SimServer,
    readonly world: World,
    readonly see: (observation: Observation) => void,
  ) {}

  look(owner: Owner): void {
    if (this.#of !== owner) this.#most.clear();
    this.#of = owner;
    const { proxy, slots } = this.server;
    this.#level("calls", proxy.openCalls);
    this.#level("handshakes", proxy.links.handshakes);
    for (const { port } of slots) this.#level("calls of a slot", port?.begunCalls ?? 0);
    for (const service of SERVICES) {
      this.#level("waiting calls", proxy.dispatcher.waiting(service));
    }
    for (const { queue } of proxy.links.links()) this.#level("link bytes", queue.queuedBytes);
  }

  #level(what: Level, count: number): void {
    // One is no bound.
    if (count <= (this.#most.get(what) ?? 1)) return;
    this.#most.set(what, count);
    const ms = this.world.nowMs;
    this.see({ type: "level", ms, where: this.server.process.name, what, count });
  }
}
