import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { MeshError } from "../errors.ts";
import { realOutside } from "../outside/real_outside.ts";
import { NotedCalls } from "../tests/support/noted_calls.ts";
import { CallScope } from "./call_scope.ts";
import { MeshClient } from "./mesh_client.ts";
import { gatherPage } from "./page.ts";
import type { PageOptions, PagePart } from "./types.ts";

/** A page on timers that fire when the test says so. */
class Page {
  nowMs = 0;
  readonly timers: { atMs: number; fire: () => void }[] = [];
  readonly outside = Object.create(realOutside, {
    now: { value: () => this.nowMs },
    after: {
      value: (ms: number, fire: () => void) => {
        const timer = { atMs: this.nowMs + ms, fire };
        this.timers.push(timer);
        return timer;
      },
    },
    cancel: {
      value: (timer: { atMs: number; fire: () => void }) => {
        const at = this.timers.indexOf(timer);
        if (at >= 0) this.timers.splice(at, 1);
      },
    },
  });

  readonly calls = new NotedCalls(this.outside);

  gather(parts: Record<string, PagePart<unknown>>, options: PageOptions = {}) {
    const scope = new CallScope();
    const client = new MeshClient(this.calls, 5_000, scope);
    return gatherPage(client, scope, this.calls, parts, options);
  }

  async pass(ms: number): Promise<void> {
    // Whatever is to be set, is.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.nowMs += ms;
    for (const timer of [...this.timers]) {
      if (timer.atMs > this.nowMs) continue;
      this.timers.splice(this.timers.indexOf(timer), 1);
      timer.fire();
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

const never = () => new Promise<never>(() => {});

Deno.test("a part has its own time, at most the page's, and then its fallback", async () => {
  const page = new Page();
  const gathered = page.gather({
    soon: { call: () => Promise.resolve(1) },
    short: { call: never, timeoutMs: 50, fallback: "short" },
    long: { call: never, timeoutMs: 500, fallback: () => "long" },
    bare: { call: never },
  }, { budgetMs: 200 });
  await page.pass(50);
  assertEquals(page.timers.map(({ atMs }) => atMs), [200, 200]);
  await page.pass(150);
  const { soon, short, long, bare } = await gathered;
  assertEquals(soon, { status: "value", value: 1 });
  assertEquals([short!.status, long!.status, bare!.status], ["fallback", "fallback", "error"]);
  assertEquals([(short as { value: unknown }).value, (long as { value: unknown }).value], [
    "short",
    "long",
  ]);
  assertEquals(page.timers, []);
});

Deno.test("a fallback has what is left of the page's time", async () => {
  const page = new Page();
  const gathered = page.gather({
    slow: { call: never, timeoutMs: 50, fallback: never },
    quick: { call: never, timeoutMs: 50, fallback: () => Promise.resolve("quick") },
  }, { budgetMs: 200 });
  await page.pass(50);
  assertEquals(page.timers.map(({ atMs }) => atMs), [200]);
  await page.pass(150);
  const { slow, quick } = await gathered;
  assertEquals([slow!.status, quick!.status], ["error", "fallback"]);
});

Deno.test("a part's own error is passed on as it is, and what only looks like one is not", async () => {
  const own = new MeshError("NOT_FOUND", "nobody knows it");
  const alike = Object.assign(new Error("alike"), { name: "MeshError", code: "NOT_FOUND" });
  const { a, b, c } = await new Page().gather({
    a: { call: () => Promise.reject(own) },
    b: { call: () => Promise.reject(alike) },
    c: {
      call: () => {
        throw new TypeError("odd");
      },
    },
  });
  const errorOf = (part: unknown) => (part as { error: MeshError }).error;
  assertStrictEquals(errorOf(a), own);
  assertEquals([errorOf(b).code, errorOf(b).cause === alike], ["NOT_FOUND", true]);
  assertEquals(errorOf(c).code, "INTERNAL");
});

Deno.test("a required part that fails ends the page, whether or not it has a fallback", async () => {
  const page = new Page();
  const gathered = page.gather({
    needed: {
      call: () => Promise.reject(new MeshError("NOT_FOUND", "none")),
      required: true,
      fallback: 1,
    },
    other: {
      call: (mesh) => mesh.call("quotes.price"),
    },
  });
  assertEquals((await assertRejects(() => gathered, MeshError)).code, "NOT_FOUND");
  const [other] = page.calls.calls;
  assertEquals((await assertRejects(() => other!.promise, MeshError)).code, "CANCELLED");
  await page.pass(5_000);
});
