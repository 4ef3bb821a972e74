import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  callOnce,
  group,
  request,
  routerAt,
  seededRandom,
  server,
  servers,
} from "../tests/support/servers.ts";

Deno.test("explain() of round-robin names the server that the next call gets", () => {
  const { router } = routerAt([], servers(3));
  for (let i = 0; i < 7; i++) {
    const why = router.explain("quotes");
    assertEquals([why.group, why.mode, why.reason], ["default", "normal", "round-robin"]);
    assertEquals(why.candidates[0]!.server, why.picked);
    assertEquals(callOnce(router), why.picked);
  }
});

Deno.test("explain() changes nothing, however often it is asked", () => {
  for (const mode of ["normal", "routed", "keyed"] as const) {
    const { router } = routerAt([group({ mode, keys: { k: "exec-2" } })], servers(3));
    callOnce(router, { key: "k" });
    const before = [router.snapshot(), router.explain("quotes", "k")];
    for (let i = 0; i < 10; i++) router.explain("quotes", i % 2 === 0 ? "k" : undefined);
    router.explain("unheard");
    assertEquals([router.snapshot(), router.explain("quotes", "k")], before);
  }
});

Deno.test("explain() of a routed key lists the candidates in the key's order", () => {
  const { router } = routerAt([group({ mode: "routed" })], servers(4));
  for (let i = 0; i < 30; i++) {
    const key = `user-${i}`;
    const { candidates, picked, scoreMeaning } = router.explain("quotes", key);
    assertEquals(callOnce(router, { key }), picked);
    assertEquals(candidates[0]!.server, picked);
    assertEquals(
      callOnce(router, { key, avoidHash: server(picked!).hash }),
      candidates[1]!.server,
    );
    assertMatch(scoreMeaning, /at most 8 calls in flight/);
  }
});

Deno.test("explain() shows why candidates are out of the question", () => {
  const { router } = routerAt([group({ mode: "routed" })], servers(4));
  for (let i = 0; i < 5; i++) {
    router.started(servers(4)[0]!, "quotes");
    router.ended(servers(4)[0]!, "quotes", "UNAVAILABLE", 1);
  }
  const [a, b, c, d] = servers(4);
  router.update([a!, { ...b!, connected: false }, { ...c!, draining: true }, d!]);
  const { candidates, picked } = router.explain("quotes", "k");
  const states = Object.fromEntries(candidates.map(({ server, state }) => [server, state]));
  assertEquals(states, {
    "exec-1": "ejected",
    "exec-2": "disconnected",
    "exec-3": "draining",
    "exec-4": "ok",
  });
  assertEquals(picked, "exec-4");
  const ejected = candidates.find(({ server }) => server === "exec-1")!;
  assertMatch(ejected.note, /probe in 1000 ms/);
});

Deno.test("explain() of least-loaded gives the scores and what they are made of", () => {
  const { router } = routerAt([group({ balance: "least-loaded" })], servers(2), {
    random: seededRandom(1),
  });
  for (let i = 0; i < 50; i++) callOnce(router, {}, 10);
  router.started(servers(2)[0]!, "quotes");
  const { candidates, picked, reason } = router.explain("quotes");
  assertEquals(picked, "exec-2");
  assertMatch(reason, /lowest score/);
  assertEquals(candidates.map(({ inFlight, latencyMs }) => [inFlight, latencyMs]), [
    [0, 10],
    [1, 10],
  ]);
  assert(Math.abs(candidates[1]!.score! - 20) < 1e-9);
});

Deno.test("explain() of least-loaded takes newcomers for as quick as those that were measured", () => {
  const { router } = routerAt([group({ balance: "least-loaded" })], servers(2));
  const scores = () => router.explain("quotes").candidates.map(({ score }) => score);
  // A latency too short to tell is what all have of which nothing is known.
  assertEquals(scores(), [0.05, 0.05]);
  callOnce(router, {}, 10);
  assertEquals(scores(), [10, 10]);
});

Deno.test("explain() scales the scores of a key's order to 0…1, and a new group has counted nothing", () => {
  const { router } = routerAt([group({ mode: "routed" })], servers(20));
  const scores = router.explain("quotes", "user-1").candidates.map(({ score }) => score!);
  assert(scores[0]! > 0.5 && scores[0]! < 1 && scores.at(-1)! >= 0, `${scores}`);
  const { counters } = router.snapshot()[0]!;
  assertEquals(Object.values(counters).filter((count) => count !== 0), []);
});

Deno.test("explain() says as pick() does why there is no server", () => {
  const { router } = routerAt([group({ mode: "keyed", keys: { k: "exec-9" } })], servers(1));
  for (const [service, key] of [["quotes", "k"], ["quotes", "x"], ["quotes", undefined], ["no"]]) {
    const why = router.explain(service!, key);
    const decision = router.pick(request({ service: service!, key }));
    assertEquals([why.picked, why.code, why.reason], [
      undefined,
      decision.code,
      decision.message,
    ]);
  }
});
