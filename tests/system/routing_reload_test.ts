/**
 * Servers and groups change while calls go on, and none of them is dropped.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../chaos/support/servers.ts";
import { failure } from "../support/call_case.ts";
import { Fleet } from "../support/fleet.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { endings, Load } from "../support/load.ts";
import { countsOf, invocations, probeService } from "../support/probe_service.ts";

const EXECS = ["exec-1", "exec-2", "exec-3"];
const TIMEOUT_MS = 10_000;
const GROUPS = {
  plain: { mode: "normal", services: ["plain"], servers: ["exec-1", "exec-2"] },
  users: { mode: "routed", services: ["users"], loadBound: 100 },
  table: { mode: "keyed", services: ["table"], keys: { one: "exec-1", two: "exec-2" } },
};

Deno.test("a fourth server and other groups are put into force by a reload, without dropping a call", async () => {
  await using fleet = await Fleet.open({
    "site.js": `export default { fetch: () => new Response("") };`,
    ...Object.fromEntries(
      Object.keys(GROUPS).map((name) => [`services/${name}.js`, probeService()]),
    ),
  });
  const execs = await fleet.start(EXECS.map((name) => fleet.exec(name)));
  const three = execs.map(({ link }) => link);
  const [web] = await fleet.start([fleet.web("web-1", three, GROUPS)]) as [FleetServer];
  await web.linked(...EXECS);
  using mesh = await web.attach();
  const options = { timeoutMs: TIMEOUT_MS };

  // Not one of these may be repeated: a dropped call would show.
  const loads = [
    new Load(100, TIMEOUT_MS, () => mesh.call("plain.who", null, options)),
    new Load(
      100,
      TIMEOUT_MS,
      (i) => mesh.call("users.who", null, { ...options, key: `k${i % 50}` }),
    ),
    new Load(
      100,
      TIMEOUT_MS,
      (i) => mesh.call("table.who", null, { ...options, key: i % 2 === 0 ? "one" : "two" }),
    ),
  ] as const;
  const [plain, users, table] = loads;
  const held = EXECS.map(() => mesh.call<string>("plain.hold", null, { timeoutMs: 60_000 }));
  held.push(mesh.call("table.hold", null, { key: "two", timeoutMs: 60_000 }));
  try {
    const before = await Promise.all(loads.map((load) => load.more(60)));
    assertEquals(countsOf(before[0]!.map(({ value }) => value as string)), {
      "exec-1": 30,
      "exec-2": 30,
    });

    const [fourth] = await fleet.start([fleet.exec("exec-4")]);
    const answer = await web.reload({
      link: { connect: [...three, fourth!.link] },
      groups: {
        ...GROUPS,
        plain: { mode: "normal", services: ["plain"], servers: ["exec-2", "exec-3", "exec-4"] },
        users: { mode: "normal", services: ["users"] },
      },
    });
    assertEquals([answer.status, JSON.parse(answer.body).needRestart], [200, []]);
    await web.linked("exec-4");
    await Promise.all(loads.map((load) => load.more(12)));
    const [spread, turned] = await Promise.all([plain.more(60), users.more(60)]);
    const answers = (samples: typeof spread) =>
      countsOf(samples.map(({ value }) => value as string));
    assertEquals(answers(spread), { "exec-2": 20, "exec-3": 20, "exec-4": 20 });
    assertEquals(answers(turned), { "exec-1": 15, "exec-2": 15, "exec-3": 15, "exec-4": 15 });

    const moved = await web.reload({
      groups: {
        ...GROUPS,
        table: { mode: "keyed", services: ["table"], keys: { one: "exec-4", two: "exec-3" } },
      },
    });
    assertEquals(moved.status, 200);
    for (const { number, value } of await table.more(30)) {
      assertEquals(value, number % 2 === 0 ? "exec-4" : "exec-3");
    }

    const status = await web.status();
    const wrong = await web.reload({ groups: { plain: { mode: "abnormal" } } });
    assertEquals(wrong.status, 422);
    assertStringIncludes(wrong.body, "groups.plain");
    assertEquals((await web.group("plain")).mode, "normal");
    assertEquals((await web.status()).groups.map((g) => g.name), status.groups.map((g) => g.name));
    for (const { error } of (await Promise.all(loads.map((load) => load.more(20)))).flat()) {
      assertEquals(error, undefined);
    }
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
  }
  for (const { samples } of loads) assertEquals(endings(samples), { ok: samples.length });
  console.log(`calls across three reloads: ${loads.map(({ started }) => started).join(" + ")}`);

  // Calls that began under the first configuration end where they began.
  for (const service of ["plain", "table"]) {
    for await (const { error } of mesh.broadcast(`${service}.release`)) {
      assertEquals(error, undefined);
    }
  }
  const places = await Promise.all(held);
  assert(
    places.slice(0, 3).every((server) => server === "exec-1" || server === "exec-2"),
    `${places}`,
  );
  assertEquals(places[3], "exec-2");
  const who = Object.values(await invocations(mesh, "users", "who"));
  assertEquals(who.reduce((sum, n) => sum + n, 0), users.started, "a call was made twice or never");
  await web.settled();
});

Deno.test("a key module is read anew by a reload, and one that does not load changes nothing", async () => {
  await using fleet = await Fleet.open({
    "site.js": `export default { fetch: () => new Response("") };`,
    "keys.js": `export default () => "exec-1";`,
    "services/table.js": probeService(),
  });
  const execs = await fleet.start(["exec-1", "exec-2"].map((name) => fleet.exec(name)));
  const groups = {
    table: { mode: "keyed", services: ["table"], keyModule: `${fleet.directory}/keys.js` },
  };
  const connect = execs.map(({ link }) => link);
  const [web] = await fleet.start([fleet.web("web-1", connect, groups)]) as [FleetServer];
  await web.linked("exec-1", "exec-2");
  using mesh = await web.attach();
  const who = () => mesh.call<string>("table.who", null, { key: "any" });
  assertEquals(await who(), "exec-1");
  const keys = `${fleet.directory}/keys.js`;
  await Deno.writeTextFile(keys, `export default () => "exec-2";`);
  assertEquals(await who(), "exec-1");
  assertEquals((await web.reload({})).status, 200);
  assertEquals(await who(), "exec-2");

  await Deno.writeTextFile(keys, `export default "no function";`);
  const wrong = await web.reload({});
  assertEquals(wrong.status, 422);
  assertStringIncludes(wrong.body, "no function");
  assertEquals(await who(), "exec-2");

  await Deno.writeTextFile(keys, `export default (key) => { throw new Error("lost " + key); };`);
  assertEquals((await web.reload({})).status, 200);
  assertStringIncludes((await failure(who(), "INTERNAL")).message, "lost any");
  await until("nothing is under way", async () => (await web.status()).counters.openCalls === 0);
});
