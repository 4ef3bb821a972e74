/**
 * The three modes with three exec servers and two web servers: who answers, by what the services say and
 * by what the proxies have counted.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { meshInvocation } from "../../cli/program.ts";
import type { Mesh } from "../../client/types.ts";
import { failure } from "../support/call_case.ts";
import { Fleet } from "../support/fleet.ts";
import type { Status } from "../../server/status.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { countsOf, invocations, probeService } from "../support/probe_service.ts";

const EXECS = ["exec-1", "exec-2", "exec-3"];
/** A server moves its share of the keys, give or take so much of it. */
const SHARE_TOLERANCE = 0.2;

const SITE = `
export default {
  async fetch(request, { mesh, user }) {
    const { searchParams } = new URL(request.url);
    const key = searchParams.get("key");
    try {
      const target = searchParams.get("call");
      const server = await mesh.call(target, null, key === null ? {} : { key });
      return Response.json({ server, user });
    } catch (error) {
      return Response.json({ code: error.code, user });
    }
  },
};`;

/** A key "to:<server>" names its server; others are not known, and "broken" gets what is no name. */
const KEY_MODULE = `
export default (key) =>
  key.startsWith("to:") ? key.slice(3) : key === "broken" ? { not: "a name" } : undefined;`;

const GROUPS = {
  plain: { mode: "normal", services: ["plain"] },
  users: { mode: "routed", services: ["users"] },
  table: {
    mode: "keyed",
    services: ["table"],
    keys: { one: "exec-1", two: "exec-2", three: "exec-3", gone: "exec-9" },
  },
};

interface Bench {
  readonly fleet: Fleet;
  readonly execs: FleetServer[];
  readonly web1: FleetServer;
  readonly web2: FleetServer;
  readonly mesh: Mesh;
  readonly mesh2: Mesh;
}

/** The server that answers for each key; a few calls side by side. */
async function ownersOf(mesh: Mesh, keys: readonly string[]): Promise<string[]> {
  const owners: string[] = new Array(keys.length);
  let next = 0;
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let i = next++; i < keys.length; i = next++) {
      owners[i] = await mesh.call<string>("users.who", null, { key: keys[i]! });
    }
  }));
  return owners;
}

function minus(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(a).map(([name, n]) => [name, n - (b[name] ?? 0)]));
}

const ask = async (web: FleetServer, query: string, user: string | null) => {
  const headers = user === null ? {} : { cookie: `mesh_user=${user}` };
  const response = await fetch(`${web.url}/?${query}`, { headers });
  return await response.json() as { server?: string; code?: string; user: string | null };
};

/** What `mesh status --json` prints. */
async function statusByCommand({ runtimeDir }: FleetServer): Promise<Status> {
  const { command, args } = meshInvocation(["status", "--json", "--runtime-dir", runtimeDir]);
  const { code, stdout } = await new Deno.Command(command, { args: [...args] }).output();
  assertEquals(code, 0);
  return JSON.parse(new TextDecoder().decode(stdout));
}

const steps: Record<string, (bench: Bench) => Promise<void>> = {
  "normal: of 3,000 sequential calls each of three servers answers 1,000, give or take one": async (
    { mesh, web1 },
  ) => {
    const before = await web1.picks("plain");
    const answers: string[] = [];
    for (let i = 0; i < 3_000; i++) answers.push(await mesh.call<string>("plain.who"));
    const counts = countsOf(answers);
    assertEquals(Object.keys(counts), EXECS);
    for (const count of Object.values(counts)) assert(Math.abs(count - 1_000) <= 1, `${count}`);
    assertEquals(minus(await web1.picks("plain"), before), counts, "/status counts differently");
    const { groups } = await statusByCommand(web1);
    const { servers } = groups.find(({ name }) => name === "plain")!;
    const printed = Object.fromEntries(servers.map(({ name, picked }) => [name, picked]));
    assertEquals(minus(printed, before), counts, "mesh status --json counts differently");
    assertEquals(await invocations(mesh, "plain", "who"), counts, "the services count differently");
  },

  "routed: a key sticks to its server, also from another web server, and every server has keys":
    async ({ mesh, mesh2, web1 }) => {
      const keys = Array.from({ length: 300 }, (_, i) => `stick-${i}`);
      const before = await web1.picks("users");
      const first = await ownersOf(mesh, keys);
      assertEquals(await ownersOf(mesh, keys), first);
      assertEquals(minus(await web1.picks("users"), before), countsOf([...first, ...first]));
      assertEquals(await ownersOf(mesh2, keys), first);
      assertEquals(Object.keys(countsOf(first)), EXECS);
      const { counters } = await web1.group("users");
      assertEquals([counters.spilled, counters.failedOver, counters.refused], [0, 0, 0]);
    },

  "routed: without a key the user of the site's cookie is the key, and a key of the call comes first":
    async ({ mesh, web1 }) => {
      const users = Array.from({ length: 12 }, (_, i) => `user-${i}`);
      const owners = await ownersOf(mesh, users);
      assertEquals(Object.keys(countsOf(owners)), EXECS);
      for (const [i, user] of users.entries()) {
        const seen = await ask(web1, "call=users.who", user);
        assertEquals(seen, { server: owners[i]!, user });
        const other = owners.findIndex((owner) => owner !== owners[i]);
        const named = await ask(web1, `call=users.who&key=${users[other]}`, user);
        assertEquals(named.server, owners[other]!);
      }
    },

  "routed: a call without any key is routed by turns": async ({ mesh, web1 }) => {
    const answers: string[] = [];
    for (let i = 0; i < 9; i++) answers.push(await mesh.call<string>("users.who"));
    assertEquals(countsOf(answers), { "exec-1": 3, "exec-2": 3, "exec-3": 3 });
    const visitors = [];
    for (let i = 0; i < 9; i++) visitors.push(await ask(web1, "call=users.who", null));
    assertEquals(Object.keys(countsOf(visitors.map(({ server }) => server!))), EXECS);
  },

  "keyed: a key of the table names the one server that answers": async ({ mesh, web1 }) => {
    const before = await web1.picks("table");
    for (const [key, server] of [["one", 1], ["two", 2], ["three", 3]] as const) {
      for (let i = 0; i < 20; i++) {
        assertEquals(await mesh.call("table.who", null, { key }), `exec-${server}`);
      }
    }
    assertEquals(minus(await web1.picks("table"), before), {
      "exec-1": 20,
      "exec-2": 20,
      "exec-3": 20,
    });
  },

  "keyed: the key of a server that is not there gives UNAVAILABLE, and no other server hears of it":
    async ({ mesh, web1 }) => {
      const [invoked, picked] = [
        await invocations(mesh, "table", "who"),
        await web1.picks("table"),
      ];
      for (let i = 0; i < 10; i++) {
        const error = await failure(mesh.call("table.who", null, { key: "gone" }), "UNAVAILABLE");
        assertEquals(error.started, false);
        assertStringIncludes(error.message, "exec-9");
      }
      assertEquals(await web1.picks("table"), picked);
      assertEquals(await invocations(mesh, "table", "who"), invoked);
    },

  "keyed: an unknown key gives NOT_FOUND, the known ones counted and not listed": async (
    { mesh },
  ) => {
    const error = await failure(mesh.call("table.who", null, { key: "four" }), "NOT_FOUND");
    assertStringIncludes(error.message, "4 keys are");
    for (const secret of ["one", "two", "three", "gone"]) {
      assert(!error.message.includes(`"${secret}"`), error.message);
    }
  },

  "keyed: a call without a key gives INVALID_ARGUMENT, whoever the user is": async (
    { mesh, web1 },
  ) => {
    await failure(mesh.call("table.who"), "INVALID_ARGUMENT");
    assertEquals((await ask(web1, "call=table.who", "one")).code, "INVALID_ARGUMENT");
    assertEquals((await ask(web1, "call=table.who&key=two", "one")).server, "exec-2");
  },

  "keyed: a function out of a module names the server, and what it does not name is NOT_FOUND":
    async ({ mesh2 }) => {
      const call = (key: string) => mesh2.call<string>("table.who", null, { key });
      for (const server of EXECS) assertEquals(await call(`to:${server}`), server);
      const absent = await failure(call("to:exec-9"), "UNAVAILABLE");
      assertStringIncludes(absent.message, "exec-9");
      const unknown = await failure(call("elsewhere"), "NOT_FOUND");
      assertEquals([unknown.started, unknown.message.includes("1 key is in its table")], [
        false,
        true,
      ]);
      const wrong = await failure(call("broken"), "INVALID_ARGUMENT");
      for (const named of ["not: ", "keys.js", `group "table"`]) {
        assertStringIncludes(wrong.message, named);
      }
      // The table goes before the function.
      assertEquals(await call("one"), "exec-3");
    },

  "different web servers use different modes for the same service": async (
    { mesh, mesh2, web1, web2 },
  ) => {
    assertEquals((await web1.group("plain")).mode, "normal");
    assertEquals((await web2.group("plain")).mode, "routed");
    const spread: string[] = [], sticky: string[] = [];
    for (let i = 0; i < 30; i++) {
      spread.push(await mesh.call<string>("plain.who", null, { key: "same" }));
      sticky.push(await mesh2.call<string>("plain.who", null, { key: "same" }));
    }
    assertEquals(countsOf(spread), { "exec-1": 10, "exec-2": 10, "exec-3": 10 });
    assertEquals(Object.values(countsOf(sticky)), [30]);
  },

  "a group's list of servers keeps the others out": async ({ mesh2, web2 }) => {
    const answers: string[] = [];
    for (let i = 0; i < 30; i++) answers.push(await mesh2.call<string>("few.who"));
    assertEquals(countsOf(answers), { "exec-1": 15, "exec-3": 15 });
    assertEquals(await web2.picks("few"), { "exec-1": 15, "exec-3": 15 });
  },

  "routed: a fourth server takes its share of the keys and moves no other, and hands them back when it goes":
    async ({ fleet, execs, web1, mesh }) => {
      const keys = Array.from({ length: 2_000 }, (_, i) => `share-${i}`);
      const before = await ownersOf(mesh, keys);
      const [fourth] = await fleet.start([fleet.exec("exec-4")]);
      const connect = [...execs, fourth!].map(({ link }) => link);
      assertEquals((await web1.reload({ link: { connect } })).status, 200);
      await web1.linked("exec-4");
      const after = await ownersOf(mesh, keys);
      const moved = keys.filter((_, i) => before[i] !== after[i]);
      assertEquals(moved.length, countsOf(after)["exec-4"], "a key moved between old servers");
      const share = moved.length / keys.length;
      console.log(`keys moved to the fourth server: ${(100 * share).toFixed(1)} %`);
      assert(Math.abs(share - 1 / 4) <= SHARE_TOLERANCE / 4, `share ${share}`);

      await fourth!.end();
      await web1.unlinked("exec-4");
      assertEquals(await ownersOf(mesh, keys), before);
      await fourth!.start();
      await web1.linked("exec-4");
      assertEquals(await ownersOf(mesh, keys), after);
    },
};

Deno.test("routing by mode", async (t) => {
  const services = ["plain", "users", "table", "few"];
  await using fleet = await Fleet.open({
    "site.js": SITE,
    "keys.js": KEY_MODULE,
    ...Object.fromEntries(services.map((name) => [`services/${name}.js`, probeService()])),
  });
  const execs = await fleet.start(EXECS.map((name) => fleet.exec(name)));
  const connect = execs.map(({ link }) => link);
  const [web1, web2] = await fleet.start([
    fleet.web("web-1", connect, GROUPS),
    fleet.web("web-2", connect, {
      ...GROUPS,
      plain: { mode: "routed", services: ["plain"] },
      few: { mode: "normal", services: ["few"], servers: ["exec-1", "exec-3"] },
      table: {
        mode: "keyed",
        services: ["table"],
        keys: { one: "exec-3" },
        keyModule: `${fleet.directory}/keys.js`,
      },
    }),
  ]) as [FleetServer, FleetServer];
  for (const web of [web1, web2]) await web.linked(...EXECS);
  using mesh = await web1.attach();
  using mesh2 = await web2.attach();
  const bench = { fleet, execs, web1, web2, mesh, mesh2 };
  for (const [name, run] of Object.entries(steps)) {
    await t.step({
      name,
      fn: () => run(bench),
      // Servers write to their pipes whenever they like; the test as a whole is checked.
      sanitizeOps: false,
      sanitizeResources: false,
    });
  }
  for (const web of [web1, web2]) await web.settled();
});
