/**
 * Puts what a scenario plans into the world: calls, and what goes wrong.
 *
 * @module
 */
import type { FaultPlan, Scenario } from "./scenario.ts";

import { groupsOf, type SimServer } from "./server.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Strangers } from "./strangers.ts";

/** So long before the peaceful end of a run nobody dies any more, in ms. */
const REPRIEVE_MS = 10_000;
/** What a restart takes, in ms. */
const RESTART_MS = 100;

/** Plans everything. */
export function play(
  scenario: Scenario,
  around: Surroundings,
  servers: readonly SimServer[],
  strangers: Strangers,
): void {
  const { world } = around;
  const byName = new Map(servers.map((server) => [server.name, server]));
  for (const plan of scenario.calls) {
    world.at(plan.atMs, null, () => {
      const { web } = byName.get(plan.server)!;
      const worker = web[plan.process % Math.max(web.length, 1)];
      // Nobody is there who could call.
      if (worker !== undefined) worker.process.soon(0, () => worker.call(plan));
    });
  }
  // A process that was to die at a step that it never came to lives on.
  world.at(scenario.peaceMs - REPRIEVE_MS, null, () => {
    for (const worker of servers.flatMap(({ workers }) => [...workers])) {
      worker.process.stepsLeft = Infinity;
    }
  });
  for (const { name, lies } of scenario.servers) {
    if (lies?.untilMs === undefined) continue;
    const server = byName.get(name)!;
    world.at(lies.untilMs, null, () => restart(server, around));
  }
  for (const fault of scenario.faults) {
    world.at(fault.atMs, null, () => {
      if (fault.kind === "strangers knock") {
        return strangers.knock(fault.server, fault.which, fault.ms);
      }
      inflict(fault, around, byName);
    });
  }
}

/** Who lied is started again, and does not. */
function restart(server: SimServer, { world, see }: Surroundings): void {
  const { nowMs } = world;
  server.die(false, RESTART_MS);
  const servers = [server.name];
  see({
    type: "disturbed",
    what: "death",
    servers,
    fromMs: nowMs,
    toMs: nowMs + RESTART_MS + 8_000,
  });
}

function inflict(
  fault: FaultPlan,
  around: Surroundings,
  byName: ReadonlyMap<string, SimServer>,
): void {
  const { world, network, see } = around;
  const server = byName.get(fault.server)!;
  const other = byName.get(fault.other)!;
  const { nowMs } = world;
  const workers = [...server.workers].filter(({ ready, process }) => ready && !process.dead);
  const worker = workers[fault.which % Math.max(workers.length, 1)];
  const disturbed = (what: string, forMs: number, servers = [server.name]) =>
    see({ type: "disturbed", what, servers, fromMs: nowMs, toMs: nowMs + forMs });
  const wires = network.between(server.process, other.process);
  const later = (ms: number, happen: () => void) => world.at(nowMs + ms, null, happen);
  const both = [server.name, other.name];
  // No longer than a link lives without a word, and no shorter than anybody notices.
  const shortMs = Math.min(fault.ms, 3_000);
  switch (fault.kind) {
    case "worker dies":
      if (worker !== undefined) server.killWorker(worker, false);
      return disturbed("death", 2_000);
    case "worker dies at a step":
      if (worker !== undefined) worker.process.stepsLeft = 1 + fault.which;
      return disturbed("death", Infinity);
    case "worker stops":
      if (worker === undefined) return;
      worker.process.stop();
      later(shortMs, () => worker.process.goOn());
      return disturbed("stop", shortMs + 1_000);
    case "worker is replaced":
      if (worker !== undefined) server.replace(worker);
      return disturbed("replacement", 4_000);
    case "worker writes nonsense": {
      const slot = worker?.slot;
      if (slot === undefined || worker === undefined) return;
      see({ type: "liar", ms: nowMs, process: worker.process.name, to: "its proxy" });
      const { input, marks } = server.segment.memories[slot.index]!;
      input.bytes.fill(fault.which * 37 + 1);
      input.tail += 16 * (1 + fault.which);
      // Its proxy finds it with its next word, or after a while: otherwise perhaps in the quiet end of the run.
      later(shortMs, () => marks.proxy.signal());
      return disturbed("nonsense", shortMs + 3_000);
    }
    case "worker repeats itself":
      if (worker === undefined) return;
      // Nobody beyond its proxy may notice.
      see({ type: "liar", ms: nowMs, process: worker.process.name, to: "its proxy" });
      worker.repeater?.begin(shortMs, 1 + fault.which / 4);
      return;
    case "server dies":
      server.die(fault.which % 2 === 0, shortMs);
      return disturbed("death", shortMs + 8_000);
    case "server stops": {
      const { process } = server;
      process.stop();
      later(shortMs, () => process.goOn());
      return disturbed("stop", shortMs + 8_000);
    }
    case "server drains":
      void server.drain(shortMs);
      return disturbed("drain", shortMs + 8_000);
    case "link is cut":
      for (const wire of wires) wire.cut();
      return disturbed("link", 5_000, both);
    case "link ends half":
      for (const wire of wires) wire.pipes[fault.which % 2]!.end();
      return disturbed("link", 5_000, both);
    case "link freezes":
      for (const pipe of wires.flatMap(({ pipes }) => pipes)) {
        pipe.freeze();
        later(fault.ms, () => pipe.thaw());
      }
      return disturbed("link", fault.ms + 5_000, both);
    case "link is slow":
      for (const pipe of wires.flatMap(({ pipes }) => pipes)) {
        pipe.throttle(5 + fault.which);
        later(shortMs, () => pipe.throttle(Infinity));
      }
      return disturbed("link", Infinity, both);
    case "clock jumps":
      server.machine.jump(fault.ms);
      return disturbed("clock", 10_000);
    case "groups change":
      for (const one of byName.values()) {
        const { process } = one;
        process.soon(fault.which, () => {
          one.proxy.setGroups(groupsOf(around.scenario, fault.which), { groups: [] });
        });
      }
      return;
  }
}
