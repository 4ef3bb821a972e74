/**
 * Pages whose parts are dead, slow or throw: never later than their budget, with what stands in for them.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../chaos/support/servers.ts";
import { failure } from "../support/call_case.ts";
import { Fleet } from "../support/fleet.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { probeService, tallies } from "../support/probe_service.ts";

const LONG = { timeoutMs: 60_000 };
/** A busy machine may be so much late, in ms. */
const SLACK_MS = 1_500;

Deno.test("a page", async (t) => {
  await using fleet = await Fleet.open({
    "site.js": `
const part = (target, input) => ({ call: target, input, fallback: "nothing" });
export default {
  async fetch(request, { mesh }) {
    const page = await mesh.page({
      quick: part("quick.who"),
      dead: part("dead.who"),
      slow: part("slow.hold"),
      throwing: part("quick.fail", { message: "broken" }),
    }, { budgetMs: 800 });
    return Response.json(Object.fromEntries(
      Object.entries(page).map(([name, { status, value }]) => [name, [status, value]])));
  },
};`,
    ...Object.fromEntries(
      ["quick", "slow", "dead"].map((n) => [`services/${n}.js`, probeService()]),
    ),
  });
  const execs = await fleet.start(["exec-1", "exec-2"].map((name) => fleet.exec(name)));
  const groups = {
    // Its server is not there.
    dead: { mode: "keyed", services: ["dead"], keys: { it: "exec-9" } },
    slow: { mode: "normal", services: ["slow"], servers: ["exec-1"] },
  };
  const [web] = await fleet.start([
    fleet.web("web-1", execs.map(({ link }) => link), groups),
  ]) as [FleetServer];
  await web.linked("exec-1", "exec-2");
  using mesh = await web.attach();
  const dead = { call: "dead.who", options: { key: "it" } };
  const step = (name: string, fn: () => Promise<void>) =>
    t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
  const cancelledAt = async () => (await tallies(mesh, "slow"))["exec-1"]!.cancelled ?? 0;
  /** Runs it and checks that the calls of the service `slow` were cancelled where they ran. */
  const cancels = async (calls: number, run: () => Promise<unknown>) => {
    const before = await cancelledAt();
    await run();
    await until(
      `${calls} calls were cancelled`,
      async () => await cancelledAt() === before + calls,
    );
    await web.settled();
  };
  const inTime = async <T>(budgetMs: number, run: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const result = await run();
    const ms = performance.now() - began;
    assert(ms <= budgetMs + SLACK_MS, `${ms} ms with a budget of ${budgetMs}`);
    return result;
  };

  await step(
    "with a dead, a slow and a throwing part has the good ones, fallbacks, errors, and is in time",
    () =>
      cancels(1, async () => {
        const page = await inTime(800, () =>
          mesh.page({
            good: { call: "quick.pause", input: { ms: 1 } },
            dead: { ...dead, fallback: "no photo" },
            slow: { call: "slow.hold", fallback: (error: Error) => `late: ${error.message}` },
            throwing: { call: "quick.fail", input: { message: "broken" } },
          }, { budgetMs: 800 }));
        assertEquals(page.good.status, "value");
        assert(page.good.status === "value" && String(page.good.value).startsWith("exec-"));
        assertEquals([page.dead.status, page.dead.value], ["fallback", "no photo"]);
        assertEquals(page.dead.error?.code, "UNAVAILABLE");
        assertEquals([page.slow.status, page.slow.error?.code], ["fallback", "DEADLINE_EXCEEDED"]);
        assertStringIncludes(String(page.slow.value), "late: ");
        assertEquals([page.throwing.status, page.throwing.error?.code], ["error", "INTERNAL"]);
        assertStringIncludes(page.throwing.error!.message, "broken");
      }),
  );

  await step(
    "takes parts as calls that have started, as functions of a mesh and as names, and cancels each where it runs",
    () =>
      cancels(3, async () => {
        const page = await inTime(800, () =>
          mesh.page({
            started: { call: mesh.call("slow.hold", null, LONG) },
            made: { call: (mesh) => mesh.call("slow.hold", null, LONG) },
            named: { call: "slow.hold", options: LONG },
            startedGood: { call: mesh.call<string>("quick.who") },
            madeGood: { call: async (mesh) => [await mesh.call<string>("quick.who"), "and more"] },
          }, { budgetMs: 800 }));
        for (const part of [page.started, page.made, page.named]) {
          assertEquals([part.status, part.error?.code], ["error", "DEADLINE_EXCEEDED"]);
        }
        assertEquals([page.startedGood.status, page.madeGood.status], ["value", "value"]);
        assertEquals(page.madeGood.value?.[1], "and more");
      }),
  );

  await step(
    "cancels a part at the part's own deadline and waits for the others",
    () =>
      cancels(1, async () => {
        const page = await inTime(2_000, () =>
          mesh.page({
            short: { call: "slow.hold", timeoutMs: 100, fallback: "short" },
            long: { call: "quick.pause", input: { ms: 400 } },
          }, { budgetMs: 5_000 }));
        assertEquals([page.short.status, page.short.value], ["fallback", "short"]);
        assertEquals(page.long.status, "value");
      }),
  );

  await step(
    "whose required part fails throws that part's error at once and cancels the others",
    () =>
      cancels(2, async () => {
        const error = await failure(
          inTime(0, () =>
            mesh.page({
              slow: { call: "slow.hold", fallback: "unused" },
              started: { call: mesh.call("slow.hold", null, LONG) },
              head: {
                call: "quick.pause",
                input: { ms: 200 },
                fallback: "unused, too",
                required: true,
                timeoutMs: 100,
              },
            }, { budgetMs: 60_000 })),
          "DEADLINE_EXCEEDED",
        );
        assertStringIncludes(error.message, "head");
      }),
  );

  await step(
    "with a required part that throws or is dead gives that error, and with one that answers its value",
    async () => {
      const throwing = { call: "quick.fail", input: { message: "no head" }, required: true };
      assertStringIncludes((await failure(mesh.page({ throwing }), "INTERNAL")).message, "no head");
      await failure(mesh.page({ dead: { ...dead, required: true, fallback: 1 } }), "UNAVAILABLE");
      const page = await mesh.page({
        head: { call: mesh.call<string>("quick.who"), required: true },
      });
      assertEquals(page.head.status, "value");
    },
  );

  await step(
    "whose fallback throws has that error, and undefined is a fallback like any other",
    async () => {
      const page = await mesh.page({
        wrong: {
          ...dead,
          fallback: () => {
            throw new Error("the fallback is broken");
          },
        },
        empty: { ...dead, fallback: undefined },
        thrower: {
          call: () => {
            throw new Error("not even called");
          },
          fallback: "caught",
        },
      });
      assertEquals([page.wrong.status, page.wrong.error?.message], [
        "error",
        "the fallback is broken",
      ]);
      assertEquals([page.empty.status, page.empty.value], ["fallback", undefined]);
      assertEquals([page.thrower.status, page.thrower.value], ["fallback", "caught"]);
    },
  );

  await step(
    "is served to a browser with its fallbacks, and its late part is cancelled",
    () =>
      cancels(1, async () => {
        const page = await inTime(800, async () => await (await fetch(web.url)).json());
        assertEquals([page.quick[0], page.dead, page.slow, page.throwing], [
          "value",
          ["fallback", "nothing"],
          ["fallback", "nothing"],
          ["fallback", "nothing"],
        ]);
      }),
  );

  await step(
    "whose server dies while its part is under way has the fallback before the budget is over",
    async () => {
      const page = inTime(
        0,
        () => mesh.page({ slow: { call: "slow.hold", fallback: "gone" } }, { budgetMs: 60_000 }),
      );
      await until(
        "the part is under way",
        async () => (await web.status()).counters.openCalls === 1,
      );
      const killed = execs[0]!.kill();
      const { slow } = await page;
      assertEquals([slow.status, slow.value, slow.error?.code], [
        "fallback",
        "gone",
        "UNAVAILABLE",
      ]);
      await killed;
    },
  );
});
