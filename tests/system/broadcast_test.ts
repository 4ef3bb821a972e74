/**
 * One request to many servers, some of which are dead, slow or throw.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { BroadcastAnswer, BroadcastOptions, Mesh } from "../../client/types.ts";
import { until } from "../chaos/support/servers.ts";
import { failure } from "../support/call_case.ts";
import { Fleet } from "../support/fleet.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { countsOf, probeService, tallies } from "../support/probe_service.ts";

const EXECS = ["exec-1", "exec-2", "exec-3"];
const LONG = { timeoutMs: 60_000 };

async function answersOf(
  mesh: Mesh,
  target: string,
  input?: unknown,
  options?: BroadcastOptions,
): Promise<Record<string, string>> {
  const answers: BroadcastAnswer<string>[] = await Array.fromAsync(
    mesh.broadcast<string>(target, input, options),
  );
  assertEquals(new Set(answers.map(({ server }) => server)).size, answers.length);
  return Object.fromEntries(
    answers.map(({ server, value, error }) => [server, error?.code ?? value!] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}

Deno.test("a broadcast", async (t) => {
  await using fleet = await Fleet.open({
    "site.js": `export default { fetch: () => new Response("") };`,
    "services/plain.js": probeService(),
    "services/some.js": probeService(),
  });
  const execs = await fleet.start(EXECS.map((name) => fleet.exec(name)));
  const [web] = await fleet.start([
    fleet.web("web-1", execs.map(({ link }) => link), {
      plain: { mode: "normal", services: ["plain"] },
      some: {
        mode: "keyed",
        services: ["some"],
        servers: ["exec-1", "exec-3"],
        keys: { one: "exec-1" },
      },
    }),
  ]) as [FleetServer];
  await web.linked(...EXECS);
  using mesh = await web.attach();
  const step = (name: string, fn: () => Promise<void>) =>
    t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
  const cancelled = async () =>
    Object.fromEntries(
      Object.entries(await tallies(mesh, "plain")).map(([name, t]) => [name, t.cancelled ?? 0]),
    );

  await step("asks every server of the group once, in any mode", async () => {
    const all = { "exec-1": "exec-1", "exec-2": "exec-2", "exec-3": "exec-3" };
    assertEquals(await answersOf(mesh, "plain.who"), all);
    assertEquals(await answersOf(mesh, "some.who"), { "exec-1": "exec-1", "exec-3": "exec-3" });
    const invoked = await tallies(mesh, "plain");
    assertEquals(EXECS.map((name) => invoked[name]!.who), [1, 1, 1]);
  });

  await step("to n servers asks n different ones, and others the next time", async () => {
    const asked: string[] = [];
    for (let i = 0; i < 6; i++) {
      asked.push(...Object.keys(await answersOf(mesh, "plain.who", null, { servers: 2 })));
    }
    assertEquals(countsOf(asked), { "exec-1": 4, "exec-2": 4, "exec-3": 4 });
    assertEquals(Object.keys(await answersOf(mesh, "plain.who", null, { servers: 9 })), EXECS);
    await failure(
      Array.fromAsync(mesh.broadcast("plain.who", null, { servers: 0 })),
      "INVALID_ARGUMENT",
    );
  });

  await step(
    "gives each answer as it comes, and the error of a server that throws or is late as its answer",
    async () => {
      const order: string[] = [];
      for await (
        const { server, error } of mesh.broadcast("plain.pause", { ms: 60_000, on: "exec-2" }, {
          timeoutMs: 700,
        })
      ) {
        order.push(error === undefined ? server : `${server} ${error.code}`);
      }
      assertEquals(order.at(-1), "exec-2 DEADLINE_EXCEEDED");
      assertEquals(order.slice(0, 2).sort(), ["exec-1", "exec-3"]);
      const thrown = await answersOf(mesh, "plain.fail", { message: "not today" });
      assertEquals(Object.values(thrown), ["INTERNAL", "INTERNAL", "INTERNAL"]);
    },
  );

  await step("whose reader stops early cancels what is under way at the servers", async () => {
    const before = await cancelled();
    for await (const answer of mesh.broadcast("plain.pause", { ms: 60_000, on: "exec-1" }, LONG)) {
      if (answer.server === "exec-3") break;
    }
    await until(
      "the call at exec-1 is cancelled",
      async () => (await cancelled())["exec-1"] === before["exec-1"]! + 1,
    );
    const after = await cancelled();
    assertEquals([after["exec-2"], after["exec-3"]], [before["exec-2"], before["exec-3"]]);
    await web.settled();
  });

  await step("whose signal fires ends each call that is under way", async () => {
    const giveUp = new AbortController();
    const answers = answersOf(mesh, "plain.hold", null, { ...LONG, signal: giveUp.signal });
    await until("three calls are held", async () => (await web.status()).counters.openCalls === 3);
    giveUp.abort();
    assertEquals(Object.values(await answers), ["CANCELLED", "CANCELLED", "CANCELLED"]);
    await web.settled();
  });

  await step(
    "gives UNAVAILABLE as the answer of a server that dies meanwhile or is dead",
    async () => {
      const held = answersOf(mesh, "plain.pause", { ms: 60_000, on: "exec-2" }, LONG);
      await until(
        "one call is under way",
        async () => (await web.status()).counters.openCalls === 1,
      );
      await execs[1]!.kill();
      const expected = { "exec-1": "exec-1", "exec-2": "UNAVAILABLE", "exec-3": "exec-3" };
      assertEquals(await held, expected);
      await web.unlinked("exec-2");
      assertEquals(await answersOf(mesh, "plain.who"), expected);
      // To n servers: only to those that can answer.
      assertEquals(await answersOf(mesh, "plain.who", null, { servers: 3 }), {
        "exec-1": "exec-1",
        "exec-3": "exec-3",
      });
      await execs[1]!.start();
      await web.linked("exec-2");
      assertEquals(Object.values(await answersOf(mesh, "plain.who")), EXECS);
    },
  );

  await step("for a service that nobody offers fails as a call does", async () => {
    const error = await failure(Array.fromAsync(mesh.broadcast("nothing.who")), "NOT_FOUND");
    assert(!error.started);
  });
});
