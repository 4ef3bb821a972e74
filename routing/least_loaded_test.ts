import { assert, assertEquals } from "@std/assert";
import { serverHash } from "./hash.ts";
import {
  callOnce,
  group,
  request,
  routerAt,
  seededRandom,
  server,
  servers,
  tally,
} from "../tests/support/servers.ts";

const leastLoaded = group({ balance: "least-loaded" });

function twoServers(seed = 1) {
  const { router, clock } = routerAt([leastLoaded], servers(2), { random: seededRandom(seed) });
  const [a, b] = servers(2);
  const measure = (view: typeof a, latencyMs: number) => {
    router.started(view!, "quotes");
    router.ended(view!, "quotes", "ok", latencyMs);
  };
  measure(a, 10);
  measure(b, 10);
  const next = () => router.pick(request()).server!.name;
  return { router, clock, a: a!, b: b!, next };
}

Deno.test("of two equally quick servers the one with fewer calls in flight is picked", () => {
  const { router, a, next } = twoServers();
  router.started(a, "quotes");
  for (let i = 0; i < 20; i++) assertEquals(next(), "exec-2");
});

Deno.test("of two idle servers the quicker is picked", () => {
  const { router, b, next } = twoServers();
  router.started(b, "quotes");
  router.ended(b, "quotes", "ok", 200);
  for (let i = 0; i < 20; i++) assertEquals(next(), "exec-1");
});

Deno.test("calls in flight at an equally quick server are worth queued calls that it reports", () => {
  const { router, clock, a, b, next } = twoServers();
  router.started(b, "quotes");
  router.started(a, "quotes");
  router.ended(a, "quotes", "ok", 10, { queueDepth: 50, latencyMs: 0 });
  assertEquals(next(), "exec-2");
  clock.ms += 10_000; // old news by now, and its silent call has made exec-2 the worse one
  assertEquals(next(), "exec-1");
});

Deno.test("a server that is slow for others is slow, however quick the few calls from here were", () => {
  const { router, clock, a, b, next } = twoServers();
  router.started(a, "quotes");
  router.ended(a, "quotes", "ok", 10, { queueDepth: 0, latencyMs: 400 });
  for (let i = 0; i < 20; i++) assertEquals(next(), "exec-2");
  const told = router.explain("quotes").candidates.find(({ server }) => server === "exec-1")!;
  assertEquals([told.reportedLatencyMs, told.note], [400, "all callers: 400.0 ms"]);
  clock.ms += 60_000; // old news, which has faded to 1 ms: it gets another chance
  router.started(b, "quotes");
  router.ended(b, "quotes", "ok", 10);
  assertEquals(next(), "exec-1");
});

Deno.test("an answer that tells nothing leaves what was told before", () => {
  const { router, a, next } = twoServers();
  for (const load of [{ queueDepth: 9, latencyMs: 400 }, { queueDepth: -1, latencyMs: 0 }]) {
    router.started(a, "quotes");
    router.ended(a, "quotes", "ok", 10, load);
  }
  for (let i = 0; i < 20; i++) assertEquals(next(), "exec-2");
});

Deno.test("a server that is silent while a call waits counts as slow before the reply comes", () => {
  const { router, clock, a, b, next } = twoServers();
  router.started(a, "quotes");
  for (let i = 0; i < 4; i++) router.started(b, "quotes");
  assertEquals(next(), "exec-1");
  for (const expected of ["exec-1", "exec-1", "exec-2"]) { // 2 × 30 ms is more than 5 × 10 ms
    clock.ms += 10;
    router.ended(b, "quotes", "ok", 10);
    router.started(b, "quotes");
    assertEquals(next(), expected);
  }
});

Deno.test("an open stream that was answered is neither silent nor a full call", () => {
  const { router, clock, a, b, next } = twoServers();
  router.started(a, "quotes");
  router.answered(a, "quotes", 10);
  router.started(b, "quotes");
  assertEquals(next(), "exec-1");
  router.ended(b, "quotes", "ok", 10);
  clock.ms += 60_000;
  assertEquals(next(), "exec-2");
  const [first] = router.explain("quotes").candidates.filter((c) => c.server === "exec-1");
  assert(first!.score! < 0.07, `${first!.score}`); // 1.25 × the floor
});

Deno.test("streams spread over servers by their number", () => {
  const { router } = routerAt([leastLoaded], servers(2), { random: seededRandom(2) });
  const counts = tally(Array.from({ length: 100 }, () => {
    const { server } = router.pick(request());
    router.started(server!, "quotes");
    router.answered(server!, "quotes", 10);
    return server!.name;
  }));
  for (const count of Object.values(counts)) assertEquals(count, 50);
});

Deno.test("a server that fails at once does not look quick", () => {
  for (const code of ["INTERNAL", "RESOURCE_EXHAUSTED"] as const) {
    const { router, clock } = routerAt([leastLoaded], servers(3), { random: seededRandom(3) });
    const counts: Record<string, number> = {};
    for (let i = 0; i < 3_000; i++) {
      clock.ms += 5;
      const { server } = router.pick(request());
      counts[server!.name] = (counts[server!.name] ?? 0) + 1;
      router.started(server!, "quotes");
      if (server!.name === "exec-2") router.ended(server!, "quotes", code, 0.1);
      else router.ended(server!, "quotes", "ok", 10);
    }
    assert(counts["exec-2"]! < 60, `${counts["exec-2"]} of 3,000 calls failed with ${code}`);
    assert(counts["exec-2"]! > 0);
  }
});

Deno.test("errors that a request earned cost the server nothing", () => {
  const { router, clock } = routerAt([leastLoaded], servers(2), { random: seededRandom(4) });
  const counts: Record<string, number> = {};
  for (let i = 0; i < 1_000; i++) {
    clock.ms += 5;
    const { server } = router.pick(request());
    counts[server!.name] = (counts[server!.name] ?? 0) + 1;
    router.started(server!, "quotes");
    router.ended(server!, "quotes", server!.name === "exec-1" ? "NOT_FOUND" : "ok", 10);
  }
  assert(counts["exec-1"]! > 400, `${counts["exec-1"]}`);
});

Deno.test("a newcomer is taken for as quick as the others", () => {
  const { router, clock } = routerAt([leastLoaded], servers(3), { random: seededRandom(6) });
  for (let i = 0; i < 300; i++) callOnce(router, {}, 20);
  router.update(servers(4));
  const newcomer = router.explain("quotes").candidates.find((c) => c.server === "exec-4")!;
  const known = router.explain("quotes").candidates.find((c) => c.server === "exec-1")!;
  assertEquals(newcomer.latencyMs, undefined);
  assert(Math.abs(newcomer.score! / known.score! - 1) < 0.3);
  clock.ms += 1;
});

Deno.test("equal servers get about equal numbers of calls", () => {
  const { router, clock } = routerAt([leastLoaded], servers(5), { random: seededRandom(7) });
  const latency = seededRandom(8);
  const counts = tally(Array.from({ length: 5_000 }, () => {
    clock.ms += 1;
    return callOnce(router, {}, 5 + 10 * latency());
  }));
  for (const count of Object.values(counts)) assert(count > 600 && count < 1_400, `${count}`);
});

Deno.test("the failed server of a retry is passed over, and picked when it is alone", () => {
  const { router } = routerAt([leastLoaded], servers(3), { random: seededRandom(9) });
  const avoidHash = serverHash("exec-2");
  const counts = tally(Array.from({ length: 200 }, () => callOnce(router, { avoidHash })));
  assertEquals(Object.keys(counts).sort(), ["exec-1", "exec-3"]);
  router.update([server("exec-2")]);
  assertEquals(callOnce(router, { avoidHash }), "exec-2");
});
