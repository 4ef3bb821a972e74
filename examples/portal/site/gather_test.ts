import { delay } from "@std/async/delay";
import { assert, assertEquals } from "@std/assert";
import { gather } from "./gather.ts";
import { pageWithoutServers } from "./page_without_servers.ts";

const mesh = pageWithoutServers();

Deno.test("all parts are asked for before the first has answered", async () => {
  const answer = Promise.withResolvers<string>();
  const { first, second } = await gather(mesh, {
    first: { call: () => answer.promise },
    second: {
      call: () => {
        answer.resolve("first");
        return Promise.resolve(2);
      },
    },
  }, 10_000);
  assertEquals([first.value, second.value], ["first", 2]);
});

Deno.test("a part that fails, at once or later, leaves the others alone", async () => {
  const outcomes = await gather(mesh, {
    early: {
      call: (): Promise<string> => {
        throw new Error("at once");
      },
    },
    fine: { call: () => Promise.resolve("fine") },
    late: { call: () => Promise.reject(new Error("later")) },
  }, 10_000);
  assertEquals(outcomes.fine.value, "fine");
  assertEquals([outcomes.early.error?.message, outcomes.late.error?.message], ["at once", "later"]);
});

Deno.test("parts that never answer end with the page's budget, or at their own time, with the fallbacks they have", async () => {
  const call = () => new Promise<string>(() => {});
  const outcomes = await gather(mesh, {
    silent: { call },
    replaced: { call, timeoutMs: 1, fallback: "instead" },
  }, 20);
  assertEquals(outcomes.silent.error?.code, "DEADLINE_EXCEEDED");
  assertEquals([outcomes.replaced.status, outcomes.replaced.value], ["fallback", "instead"]);
  assert(outcomes.replaced.error?.code === "DEADLINE_EXCEEDED");
});

Deno.test("each part tells when it was there", async () => {
  const later = Promise.withResolvers<string>();
  const outcomes = await gather(mesh, {
    first: { call: () => Promise.resolve("first") },
    second: { call: () => later.promise },
    third: {
      call: async () => {
        await delay(5);
        later.resolve("second");
        return "third";
      },
    },
  }, 10_000);
  assert(outcomes.first.ms < outcomes.second.ms);
});

Deno.test("a budget that is used up already gives no part", async () => {
  const { part } = await gather(mesh, { part: { call: () => new Promise(() => {}) } }, -5);
  assertEquals(part.error?.code, "DEADLINE_EXCEEDED");
});
