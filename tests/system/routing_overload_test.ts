/**
 * Too much of everything: a hot key, busy processes, a queue that stands.
 *
 * @module
 */
import { LOAD_BOUND_MIN_CALLS } from "../../limits.ts";
import { delay } from "@std/async/delay";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Mesh } from "../../client/types.ts";
import { until } from "../chaos/support/servers.ts";
import { failure } from "../support/call_case.ts";
import { Fleet } from "../support/fleet.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { countsOf, invocations, probeService } from "../support/probe_service.ts";

const EXECS = ["exec-1", "exec-2", "exec-3"];
const SITE = `export default { fetch: () => new Response("") };`;
const LONG = { timeoutMs: 60_000 };

/** Lets calls go that `hold` holds, on every server, until all of them have ended. */
async function release(
  mesh: Mesh,
  service: string,
  held: readonly Promise<unknown>[],
): Promise<void> {
  let ended = false;
  const all = Promise.all(held).finally(() => ended = true);
  await until("held calls have ended", async () => {
    for await (const { error } of mesh.broadcast(`${service}.release`)) {
      if (error !== undefined) throw error;
    }
    return ended;
  });
  await all;
}

/** Where so many calls of one key go by the rule of docs/routing.md, none of which ends. */
function spillBy(
  loadBound: number,
  order: readonly string[],
  calls: number,
): Record<string, number> {
  const counts = new Map(order.map((name) => [name, 0]));
  for (let total = 1; total <= calls; total++) {
    const limit = Math.max(LOAD_BOUND_MIN_CALLS, Math.ceil(loadBound * total / order.length));
    const server = order.find((name) => counts.get(name)! < limit)!;
    counts.set(server, counts.get(server)! + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => a < b ? -1 : 1));
}

Deno.test("one hot key fills its server up to the bound and spills to the same next ones every time", async () => {
  await using fleet = await Fleet.open({ "site.js": SITE, "services/users.js": probeService() });
  const execs = await fleet.start(EXECS.map((name) => fleet.exec(name)));
  const groups = { users: { mode: "routed", services: ["users"], loadBound: 1.25 } };
  const [web] = await fleet.start([
    fleet.web("web-1", execs.map(({ link }) => link), groups),
  ]) as [FleetServer];
  await web.linked(...EXECS);
  using mesh = await web.attach();
  const hot = { key: "hot", ...LONG };
  const order = [await mesh.call<string>("users.who", null, hot)];

  // Up to the smallest bound nothing spills.
  const few = Array.from(
    { length: LOAD_BOUND_MIN_CALLS },
    () => mesh.call<string>("users.hold", null, hot),
  );
  const next = await mesh.call<string>("users.who", null, hot);
  assert(next !== order[0], "the ninth call has not spilled");
  order.push(next, EXECS.find((name) => name !== order[0] && name !== next)!);
  await release(mesh, "users", few);
  assertEquals(countsOf(await Promise.all(few)), { [order[0]!]: LOAD_BOUND_MIN_CALLS });
  assertEquals((await web.group("users")).counters.spilled, 1);

  for (const round of [1, 2]) {
    const spilled = (await web.group("users")).counters.spilled;
    const held = Array.from({ length: 60 }, () => mesh.call<string>("users.hold", null, hot));
    const inFlight = await until("60 calls are under way", async () => {
      const { servers } = await web.group("users");
      const counts = Object.fromEntries(servers.map(({ name, inFlight }) => [name, inFlight]));
      return Object.values(counts).reduce((a, b) => a + b, 0) === 60 ? counts : undefined;
    });
    const expected = spillBy(1.25, order, 60);
    assertEquals(inFlight, expected, `round ${round}`);
    const { counters } = await web.group("users");
    assertEquals(counters.spilled - spilled, 60 - expected[order[0]!]!);
    await release(mesh, "users", held);
    assertEquals(countsOf(await Promise.all(held)), expected, `round ${round}`);
    if (round === 1) console.log(`60 calls of one key: ${JSON.stringify(expected)}`);
  }
  // When the rush is over the key is at home again.
  assertEquals(await mesh.call("users.who", null, hot), order[0]!);
  await web.settled();
});

Deno.test("a server whose processes are all busy", async (t) => {
  await using fleet = await Fleet.open({
    "site.js": SITE,
    "services/narrow.js": probeService({ concurrency: 1 }),
  });
  const two = { exec: { services: [`${fleet.directory}/services/*.js`], processes: 2 } };
  const execs = await fleet.start(["exec-1", "exec-2"].map((name) => fleet.exec(name, two)));
  const [first] = execs as [FleetServer];
  const groups = { narrow: { mode: "normal", services: ["narrow"], balance: "least-loaded" } };
  const [web, alone] = await fleet.start([
    fleet.web("web-1", execs.map(({ link }) => link), groups),
    fleet.web("web-2", [first.link], groups),
  ]) as [FleetServer, FleetServer];
  await web.linked("exec-1", "exec-2");
  await alone.linked("exec-1");
  using mesh = await web.attach();
  using single = await alone.attach();
  const pool = async () => (await first.status()).dispatch.find((p) => p.service === "narrow")!;
  const running = (inFlight: number, waiting: number) =>
    until(`${inFlight} calls run and ${waiting} wait`, async () => {
      const seen = await pool();
      return seen.inFlight === inFlight && seen.waiting === waiting;
    });
  const step = (name: string, fn: () => Promise<void>) =>
    t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });

  await step(
    "while one process is busy no call waits behind it: all go to the idle one",
    async () => {
      const held = single.call("narrow.pause", { ms: 1_000 }, LONG);
      await running(1, 0);
      const slots: number[] = [];
      for (let i = 0; i < 40; i++) slots.push(await single.call<number>("narrow.slot"));
      assertEquals(
        (await pool()).inFlight,
        1,
        "the busy process has finished too early for this test",
      );
      assertEquals(new Set(slots).size, 1);
      assertEquals((await pool()).counters.queued, 0);
      await held;
    },
  );

  await step(
    "calls that no process has room for wait in one queue and go to whoever is free first",
    async () => {
      const began: string[] = [];
      const note = (name: string, call: Promise<unknown>) => call.then(() => began.push(name));
      const long = note("long", single.call("narrow.pause", { ms: 2_500 }, LONG));
      await running(1, 0);
      const short = note("short", single.call("narrow.pause", { ms: 600 }, LONG));
      await running(2, 0);
      const waiting = Array.from(
        { length: 10 },
        (_, i) => note(`${i}`, single.call("narrow.slot", null, LONG)),
      );
      await running(2, 10);
      await Promise.all(waiting);
      // All of them came after the short one and before the long one, in their order.
      assertEquals(began, [
        "short",
        ...Array.from({ length: 10 }, (_, i) => `${i}`),
      ]);
      assertEquals((await pool()).counters.queued, 10);
      await Promise.all([long, short]);
    },
  );

  await step(
    "a call whose deadline passes in the queue ends in DEADLINE_EXCEEDED and never starts",
    async () => {
      const before = (await invocations(single, "narrow", "who"))["exec-1"];
      const held = [1, 2].map(() => single.call("narrow.pause", { ms: 800 }, LONG));
      await running(2, 0);
      await failure(single.call("narrow.who", null, { timeoutMs: 100 }), "DEADLINE_EXCEEDED");
      await Promise.all(held);
      assertEquals((await invocations(single, "narrow", "who"))["exec-1"], before);
    },
  );

  await step(
    "large requests come in while others wait: what gives them credit says nothing of the queue",
    async () => {
      const large = new Uint8Array(4 * 2 ** 20);
      const received = async () =>
        (await first.status()).links.find(({ peer }) => peer === "web-2")!.bytesIn!;
      const before = await received();
      const calls = Array.from({ length: 12 }, () => single.call("narrow.who", large, LONG));
      assertEquals(countsOf(await Promise.all(calls) as string[]), { "exec-1": 12 });
      assert((await pool()).counters.queued >= 10);
      assert(await received() >= before + 12 * large.length, "the link was lost meanwhile");
    },
  );

  await step(
    "a queue that stands answers RESOURCE_EXHAUSTED at once, and the picker avoids that server",
    async () => {
      // Ten callers on two processes, each busy for a while: calls wait longer than the target for seconds.
      let going = true;
      const background = Array.from({ length: 10 }, async () => {
        while (going) {
          try {
            await single.call("narrow.pause", { ms: 60 }, LONG);
          } catch {
            await delay(20); // refused: not at once again
          }
        }
      });
      await until("the queue stands", async () => (await pool()).overloaded);
      const refusals: number[] = [];
      await until("a call is refused", async () => {
        const at = performance.now();
        const error = await single.call("narrow.who").then(() => undefined, (error) => error);
        if (error === undefined) return false;
        assertEquals([error.code, error.started], ["RESOURCE_EXHAUSTED", false], error.message);
        assertStringIncludes(error.message, "overloaded");
        refusals.push(performance.now() - at);
        return refusals.length === 5;
      });
      console.log(`refused after ${refusals.map((ms) => ms.toFixed(1)).join(", ")} ms`);

      const before = await web.picks("narrow");
      const answers: string[] = [];
      for (let i = 0; i < 200; i++) answers.push(await mesh.call<string>("narrow.who"));
      const after = await web.picks("narrow");
      const picked = after["exec-1"]! - before["exec-1"]!;
      console.log(`picks of the overloaded server: ${picked} of 200`);
      assert(picked <= 20, `the overloaded server was picked ${picked} times of 200`);
      assertEquals(answers.length, 200);
      // What it knows of that server is what its answers have told: how long it makes all callers wait.
      const { candidates } = await web.why("narrow");
      const told = candidates.find(({ server }) => server === "exec-1")!.reportedLatencyMs;
      console.log(`the overloaded server tells of ${told?.toFixed(0)} ms per call`);
      assert(told !== undefined && told > 60, `${told} ms`);
      going = false;
      await Promise.all(background);
    },
  );
  await web.settled();
  await alone.settled();
});
