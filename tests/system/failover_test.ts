/**
 * One of three exec servers is killed, stopped, cut off or silenced while calls go on in every mode: each
 * call ends once and in time, others take over where the mode allows it, and hand back.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Mesh } from "../../client/types.ts";
import { until } from "../chaos/support/servers.ts";
import { Fleet } from "../support/fleet.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { endings, Load, type Sample } from "../support/load.ts";
import { probeService } from "../support/probe_service.ts";
import { Relay } from "../support/relay.ts";

const EXECS = ["exec-1", "exec-2", "exec-3"];
const VICTIM = "exec-2";
/** Longer than it takes to notice that nothing is heard on a link. */
const TIMEOUT_MS = 5_000;
const RATE = 100;
const KEYS = Array.from({ length: 40 }, (_, i) => `key-${i}`);
const GROUPS = {
  plain: { mode: "normal", services: ["plain"] },
  single: { mode: "normal", services: ["single"] },
  // A bound so wide that no key spills because the machine is busy.
  users: { mode: "routed", services: ["users"], loadBound: 100 },
  table: {
    mode: "keyed",
    services: ["table"],
    keys: { one: "exec-1", two: "exec-2", three: "exec-3" },
  },
};
const SITE = `export default { fetch: () => new Response("") };`;

/** The calls of each mode, side by side. */
class Traffic {
  /** Calls that may be repeated, and those that may not. */
  readonly normal: Load;
  readonly once: Load;
  readonly routed: Load;
  readonly keyed: Load;

  constructor(mesh: Mesh) {
    const options = { timeoutMs: TIMEOUT_MS };
    const load = (make: (number: number) => ReturnType<Mesh["call"]>) =>
      new Load(RATE, TIMEOUT_MS, make);
    this.normal = load(() => mesh.call("plain.again", null, options));
    this.once = load(() => mesh.call("single.who", null, options));
    this.routed = load((i) => mesh.call("users.again", null, { ...options, key: routedKey(i) }));
    this.keyed = load((i) => mesh.call("table.again", null, { ...options, key: tableKey(i) }));
  }

  get loads(): Load[] {
    return [this.normal, this.once, this.routed, this.keyed];
  }

  /** Waits until so many more calls of each mode have begun and ended. */
  async more(count: number): Promise<Record<"normal" | "once" | "routed" | "keyed", Sample[]>> {
    const [normal, once, routed, keyed] = await Promise.all(this.loads.map((l) => l.more(count)));
    return { normal: normal!, once: once!, routed: routed!, keyed: keyed! };
  }
}

const routedKey = (number: number) => KEYS[number % KEYS.length]!;
const tableKey = (number: number) => ["one", "two", "three"][number % 3]!;

const serversOf = (samples: readonly Sample[]) =>
  [...new Set(samples.map(({ value }) => value as string))].sort();

/** Where each key is answered; fails when two servers answer for one. */
function owners(samples: readonly Sample[]): Map<string, string> {
  const owners = new Map<string, string>();
  for (const { number, value } of samples) {
    const key = routedKey(number);
    const before = owners.get(key) ?? value as string;
    assertEquals(value, before, `key ${key} is answered by two servers`);
    owners.set(key, before);
  }
  return owners;
}

interface Bench {
  readonly fleet: Fleet;
  readonly web: FleetServer;
  readonly victim: FleetServer;
  readonly relay: Relay;
  readonly mesh: Mesh;
}

interface Fault {
  /** Completes "while it is". */
  readonly name: string;
  /** Whether it is noticed by silence alone: then more calls are lost than the retry budget pays for. */
  readonly silent: boolean;
  strike(bench: Bench): unknown;
  heal(bench: Bench): unknown;
}

const faults: readonly Fault[] = [
  {
    name: "killed with SIGKILL",
    silent: false,
    strike: ({ victim }) => victim.kill(),
    heal: ({ victim }) => victim.start(),
  },
  {
    name: "stopped with SIGSTOP",
    silent: true,
    strike: ({ victim }) => victim.signal("SIGSTOP"),
    heal: ({ victim }) => victim.signal("SIGCONT"),
  },
  {
    name: "cut off from the web server",
    silent: false,
    strike: ({ relay }) => relay.cut(),
    heal: ({ relay }) => relay.heal(),
  },
  {
    name: "silent on a link that hangs",
    silent: true,
    strike: ({ relay }) => relay.hang(),
    heal: ({ relay }) => relay.heal(),
  },
];

async function survive(fault: Fault, bench: Bench): Promise<void> {
  const { web, mesh } = bench;
  const traffic = new Traffic(mesh);
  try {
    const before = await traffic.more(2 * KEYS.length);
    for (const samples of Object.values(before)) {
      assertEquals(endings(samples), { ok: samples.length });
    }
    assertEquals(serversOf(before.normal), EXECS);
    const home = owners(before.routed);

    await fault.strike(bench);
    await web.unlinked(VICTIM);
    const without = await traffic.more(2 * KEYS.length);
    for (const mode of ["normal", "once", "routed"] as const) {
      assertEquals(endings(without[mode]), { ok: without[mode].length }, mode);
      assertEquals(serversOf(without[mode]), ["exec-1", "exec-3"]);
    }
    // Keys of the others stay where they were; those of the lost server have all found another.
    for (const [key, server] of owners(without.routed)) {
      if (home.get(key) !== VICTIM) assertEquals(server, home.get(key));
    }
    for (const { number, value, error } of without.keyed) {
      if (tableKey(number) === "two") {
        assertEquals([error?.code, error?.started], ["UNAVAILABLE", false]);
      } else assertEquals(value, tableKey(number) === "one" ? "exec-1" : "exec-3");
    }
    assert((await web.group("users")).counters.failedOver > 0);

    await fault.heal(bench);
    await web.linked(VICTIM);
    await until("the server is in every group again", async () => {
      const states = await Promise.all(
        Object.keys(GROUPS).map((group) => web.member(group, VICTIM)),
      );
      return states.every((member) => member?.state === "ok");
    });
    const after = await traffic.more(2 * KEYS.length);
    for (const samples of Object.values(after)) {
      assertEquals(endings(samples), { ok: samples.length });
    }
    assertEquals(serversOf(after.normal), EXECS);
    assertEquals(owners(after.routed), home, "keys were not handed back");
  } finally {
    await Promise.all(traffic.loads.map((load) => load.stop()));
  }
  await checkWhole(traffic, fault, bench);
}

/** What holds for all the calls of a run, those around the moment of the fault included. */
async function checkWhole(traffic: Traffic, { silent }: Fault, { web }: Bench): Promise<void> {
  const { normal, once, routed, keyed } = traffic;
  const tallies = Object.fromEntries(
    Object.entries({ normal, once, routed, keyed }).map(([mode, l]) => [mode, endings(l.samples)]),
  );
  console.log(JSON.stringify(tallies));
  if (!silent) {
    // Calls that may be repeated find another server, whatever happened to the first.
    for (const { samples } of [normal, routed]) {
      assertEquals(endings(samples), { ok: samples.length });
    }
  }
  for (const { error } of [normal, once, routed, keyed].flatMap(({ samples }) => samples)) {
    if (error !== undefined) assertEquals(error.code, "UNAVAILABLE", error.message);
  }
  for (const { number, value, error } of keyed.samples) {
    if (tableKey(number) !== "two") assertEquals(error, undefined);
    else if (error === undefined) assertEquals(value, VICTIM);
  }
  await web.settled();
}

Deno.test("an exec server is lost under load in every mode, and comes back", async (t) => {
  await using fleet = await Fleet.open({
    "site.js": SITE,
    ...Object.fromEntries(
      Object.keys(GROUPS).map((name) => [`services/${name}.js`, probeService()]),
    ),
  });
  const execs = await fleet.start(EXECS.map((name) => fleet.exec(name)));
  const victim = execs[1]!;
  using relay = new Relay(victim.link);
  const connect = [execs[0]!.link, relay.address, execs[2]!.link];
  const [web] = await fleet.start([fleet.web("web-1", connect, GROUPS)]) as [FleetServer];
  await web.linked(...EXECS);
  using mesh = await web.attach();
  const bench = { fleet, web, victim, relay, mesh };
  for (const fault of faults) {
    await t.step({
      name:
        `while it is ${fault.name}, normal and routed calls go elsewhere and come back, keyed ones fail for its key only`,
      fn: () => survive(fault, bench),
      sanitizeOps: false,
      sanitizeResources: false,
    });
  }
});
