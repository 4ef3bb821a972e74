import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { serverHash } from "./hash.ts";
import {
  callOnce,
  group,
  request,
  routerAt,
  server,
  servers,
  tally,
} from "../tests/support/servers.ts";
import type { GroupConfig, RouteRequest, ServerView } from "./types.ts";

function run(calls: number, call: () => string): Record<string, number> {
  return tally(Array.from({ length: calls }, call));
}

Deno.test("normal mode gives each of three servers 1,000 of 3,000 calls", () => {
  const { router } = routerAt([group()], servers(3));
  assertEquals(run(3_000, () => callOnce(router)), {
    "exec-1": 1_000,
    "exec-2": 1_000,
    "exec-3": 1_000,
  });
});

Deno.test("normal mode is smooth: every run of three calls visits three servers", () => {
  const { router } = routerAt([group()], servers(3));
  for (let i = 0; i < 100; i++) {
    assertEquals(new Set([callOnce(router), callOnce(router), callOnce(router)]).size, 3);
  }
});

Deno.test("round-robin counts each service on its own", () => {
  const { router } = routerAt([], servers(3, ["a", "b"]));
  const picked: Record<string, string[]> = { a: [], b: [] };
  for (let i = 0; i < 3_000; i++) {
    const service = i % 3 === 0 ? "a" : "b"; // a rhythm that resonates with three servers
    picked[service]!.push(callOnce(router, { service }));
  }
  assertEquals(Object.values(tally(picked["a"]!)).sort(), [333, 333, 334]);
  assertEquals(Object.values(tally(picked["b"]!)).sort(), [666, 667, 667]);
});

Deno.test("round-robin stays even when servers come, go and drain", () => {
  fc.assert(fc.property(
    fc.array(
      fc.record({
        up: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        calls: fc.integer({ min: 1, max: 200 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
    (phases) => {
      const { router } = routerAt([], []);
      for (const { up, calls } of phases) {
        const views = servers(5).map((view, i) => ({
          ...view,
          connected: up[i]! || i % 2 === 0,
          draining: !up[i]! && i % 2 === 0,
        }));
        router.update(views);
        const count = up.filter(Boolean).length;
        const counts = run(calls, () => callOnce(router));
        if (count === 0) {
          assertEquals(counts, { UNAVAILABLE: calls });
          continue;
        }
        for (const [i, view] of views.entries()) {
          const picked = counts[view.name] ?? 0;
          if (!up[i]) assertEquals(picked, 0);
          else assert(Math.abs(picked - calls / count) <= 2, `${picked} of ${calls}/${count}`);
        }
      }
    },
  ));
});

Deno.test("a server that joins half-way gets its share from then on, not more", () => {
  const { router } = routerAt([], servers(3));
  run(1_500, () => callOnce(router));
  router.update(servers(4));
  const counts = run(1_500, () => callOnce(router));
  for (const count of Object.values(counts)) assert(Math.abs(count - 375) <= 1, `${count}`);
});

Deno.test("a failed server is passed over while there is another", () => {
  const { router } = routerAt([], servers(2));
  const avoidHash = serverHash("exec-1");
  assertEquals(run(10, () => callOnce(router, { avoidHash })), { "exec-2": 10 });
  router.update(servers(1));
  assertEquals(callOnce(router, { avoidHash }), "exec-1");
});

Deno.test("a pinned call goes to that server or to nobody", () => {
  const { router } = routerAt([], servers(2));
  const pinnedHash = serverHash("exec-2");
  assertEquals(run(5, () => callOnce(router, { pinnedHash })), { "exec-2": 5 });
  router.update([server("exec-1"), server("exec-2", ["quotes"], { draining: true })]);
  const decision = router.pick(request({ pinnedHash }));
  assertEquals(decision.code, "UNAVAILABLE");
  assertMatch(decision.message, /exec-2 .* is draining/);
  assertEquals(router.pick(request({ pinnedHash: 5 })).code, "UNAVAILABLE");
});

Deno.test("a preferred local server gets every call, and others while it does not offer the service", () => {
  const self = server("web-1", ["quotes"], { local: true });
  const { router } = routerAt([group({ prefer: "local" })], [self, ...servers(2)]);
  assertEquals(run(5, () => callOnce(router)), { "web-1": 5 });
  assertEquals(
    run(4, () => callOnce(router, { avoidHash: self.hash })),
    { "exec-1": 2, "exec-2": 2 },
  );
  router.update([server("web-1", [], { local: true }), ...servers(2)]);
  assertEquals(run(4, () => callOnce(router)), { "exec-1": 2, "exec-2": 2 });
});

Deno.test("prefer any counts the local server as one of many", () => {
  const { router } = routerAt([], [server("web-1", ["quotes"], { local: true }), server("exec-1")]);
  assertEquals(run(10, () => callOnce(router)), { "web-1": 5, "exec-1": 5 });
});

Deno.test("a group's servers alone answer for its services", () => {
  const { router } = routerAt([group({ servers: ["exec-2", "exec-9"] })], servers(3));
  assertEquals(run(4, () => callOnce(router)), { "exec-2": 4 });
});

Deno.test("a service that nobody ever offered is not found", () => {
  const { router } = routerAt([group({ services: ["named"] })], servers(1));
  const decision = router.pick(request({ service: "qoutes" }));
  assertEquals(decision.code, "NOT_FOUND");
  assertMatch(decision.message, /"qoutes"/);
});

Deno.test("a service named in a group, or of peers not yet connected, is unavailable", () => {
  const { router } = routerAt([group({ services: ["named"] })], servers(1));
  assertEquals(router.pick(request({ service: "named" })).code, "UNAVAILABLE");
  router.update(servers(1), true);
  assertEquals(router.pick(request({ service: "unknown" })).code, "UNAVAILABLE");
});

Deno.test("a service that was offered before is unavailable, and says who had it", () => {
  const { router } = routerAt([], servers(2));
  router.update([
    server("exec-1", ["quotes"], { connected: false }),
    server("exec-2", ["quotes"], { draining: true }),
  ]);
  const decision = router.pick(request());
  assertEquals(decision.code, "UNAVAILABLE");
  assertMatch(decision.message, /exec-1 is disconnected/);
  assertMatch(decision.message, /exec-2 is draining/);
  router.update([]);
  assertEquals(router.pick(request()).code, "UNAVAILABLE");
});

Deno.test("what is said of absent servers and services is so", () => {
  const [first, second] = servers(2);
  const said = (groups: GroupConfig[], then: ServerView[], facts: Partial<RouteRequest> = {}) => {
    const { router } = routerAt(groups, [first!, second!]);
    router.update(then);
    return router.pick(request(facts)).message;
  };
  const lost = { ...first!, connected: false };
  const gone = server("exec-1", ["news"]);
  const cases: [GroupConfig[], ServerView[], Partial<RouteRequest>, RegExp][] = [
    [[group()], [lost], {}, /exec-1 is disconnected/],
    [[group()], [gone], {}, /exec-1 is not offering "quotes"/],
    [[group()], [], {}, /offered before, by servers that have gone/],
    [
      [group({ servers: ["exec-9"] })],
      [first!],
      {},
      /exec-1 offers it and is no server of group "main"/,
    ],
    [
      [group({ services: ["x"] })],
      [first!],
      { service: "x" },
      /no server offers "x" yet, which group "main" names$/,
    ],
    [
      [group({ services: ["x"], servers: ["exec-1", "exec-9"] })],
      [first!],
      { service: "x" },
      /exec-1 is not offering "x", exec-9 is not connected, and was not so far/,
    ],
    [[group()], [gone], { pinnedHash: gone.hash }, /exec-1 was asked for and is not offering/],
    [[group()], [], { pinnedHash: 5 }, /was asked for and is not connected any more/],
    [keyed("exec-9"), [first!], { key: "k" }, /exec-9 is not connected, and was not so far/],
    [keyed("exec-1"), [gone], { key: "k" }, /exec-1 is not offering "quotes"/],
    [keyed("exec-1"), [lost], { key: "k" }, /exec-1 is disconnected/],
    [keyed("web-7"), [first!, server("web-7", [])], { key: "k" }, /web-7 is not offering "quotes"/],
    [
      keyed("web-7"),
      [first!, server("web-7", [], { connected: false })],
      { key: "k" },
      /web-7 is disconnected, and did not offer "quotes"/,
    ],
  ];
  for (const [groups, then, facts, message] of cases) {
    assertMatch(said(groups, then, facts), message);
  }
});

function keyed(server: string): GroupConfig[] {
  return [group({ mode: "keyed", keys: { k: server } })];
}

Deno.test("a group's servers are shown as they are, those that offer nothing and that never came, too", () => {
  const names = ["exec-1", "exec-2", "exec-3", "exec-4", "exec-9"];
  const { router } = routerAt([group({ servers: names })], [
    server("exec-1"),
    server("exec-2", ["news"]),
    server("exec-3", ["news"], { connected: false }),
    server("exec-4", [], { draining: true }),
  ]);
  assertEquals(router.snapshot()[0]!.servers.map(({ state, seen }) => [state, seen]), [
    ["ok", true],
    ["not offering", true],
    ["disconnected", true],
    ["draining", true],
    ["disconnected", false],
  ]);
});

Deno.test("a view that its owner changes in place takes effect with the next update", () => {
  const views = servers(2).map((view) => ({ ...view }));
  const { router } = routerAt([], views);
  views[0]!.connected = false;
  router.update(views);
  assertEquals(run(4, () => callOnce(router)), { "exec-2": 4 });
  views[0]!.connected = true;
  router.update(views);
  assertEquals(run(4, () => callOnce(router)), { "exec-1": 2, "exec-2": 2 });
});

Deno.test("groups change without losing the counters of what stays", () => {
  const { router } = routerAt([group()], servers(3));
  run(30, () => callOnce(router));
  router.setGroups([group({ mode: "routed" })]);
  assertEquals(Object.keys(run(9, () => callOnce(router, { key: "u1" }))).length, 1);
  const main = router.snapshot().find(({ name }) => name === "main")!;
  assertEquals(main.mode, "routed");
  assertEquals(main.servers.reduce((sum, { picked }) => sum + picked, 0), 39);
  router.setGroups([group({ servers: ["exec-1"] })]);
  assertEquals(callOnce(router), "exec-1");
  router.setGroups([]);
  assertEquals(router.snapshot().map(({ name }) => name), ["default"]);
});

Deno.test("the snapshot counts decisions per server and names configured servers that never came", () => {
  const { router } = routerAt([group({ servers: ["exec-1", "exec-2", "exec-9"] })], servers(2));
  run(10, () => callOnce(router));
  const decision = router.pick(request());
  router.started(decision.server!, "quotes");
  const [main, fallback] = router.snapshot();
  assertEquals(main!.services, ["quotes"]);
  assertEquals(main!.servers.map(({ name, state }) => ({ name, state })), [
    { name: "exec-1", state: "ok" },
    { name: "exec-2", state: "ok" },
    { name: "exec-9", state: "disconnected" },
  ]);
  assertEquals(main!.servers.map(({ picked }) => picked).sort(), [0, 5, 6]);
  assertEquals(main!.servers.reduce((sum, { inFlight }) => sum + inFlight, 0), 1);
  assertEquals(fallback!.name, "default");
});

Deno.test("in-flight counts are exact however calls end", () => {
  const { router } = routerAt([], servers(1));
  const outcomes = ["ok", "CANCELLED", "UNAVAILABLE", "INTERNAL", "DEADLINE_EXCEEDED"] as const;
  for (const outcome of outcomes) {
    for (const answered of [false, true]) {
      const { server } = router.pick(request());
      router.started(server!, "quotes");
      if (answered) router.answered(server!, "quotes", 3);
      assertEquals(router.explain("quotes").candidates[0]!.inFlight, 1);
      router.ended(server!, "quotes", outcome, answered ? undefined : 5);
      assertEquals(router.explain("quotes").candidates[0]!.inFlight, 0);
    }
  }
});

Deno.test("a server that vanished is forgotten once its calls have ended", () => {
  const { router } = routerAt([], servers(2));
  const { server: gone } = router.pick(request());
  router.started(gone!, "quotes");
  router.update([]);
  assertEquals(router.snapshot()[0]!.servers.map(({ name }) => name), [gone!.name]);
  router.ended(gone!, "quotes", "UNAVAILABLE", 1);
  router.update([]);
  assertEquals(router.snapshot()[0]!.servers, []);
});

Deno.test("services that come and go do not fill the memory", () => {
  const { router } = routerAt([], servers(1));
  const { server: busy } = router.pick(request());
  router.started(busy!, "quotes");
  const names = (from: number) => Array.from({ length: 6_000 }, (_, i) => `service-${from + i}`);
  router.update(servers(1, names(0)));
  router.update(servers(1, names(6_000)));
  assertEquals(router.pick(request({ service: "service-0" })).code, "NOT_FOUND");
  assertEquals(router.pick(request({ service: "service-6000" })).server?.name, "exec-1");
  assertEquals(router.explain("quotes").code, "UNAVAILABLE", "one of its calls is under way");
});

Deno.test("a broadcast addresses all servers of the group, those that cannot answer included", () => {
  const { router } = routerAt([], [
    server("exec-1"),
    server("exec-2", ["quotes"], { connected: false }),
    server("exec-3", ["other"]),
  ]);
  const targets = router.broadcastTargets("quotes");
  assertEquals(
    targets.map(({ name, available }) => ({ name, available }))
      .sort((a, b) => a.name < b.name ? -1 : 1),
    [{ name: "exec-1", available: true }, { name: "exec-2", available: false }],
  );
  assertEquals(router.broadcastTargets("unheard"), []);
});

Deno.test("a broadcast to n servers takes those whose turn it is", () => {
  const { router } = routerAt([], servers(4));
  const picked = Array.from({ length: 100 }, () => router.broadcastTargets("quotes", 2)).flat();
  assertEquals(Object.values(tally(picked.map(({ name }) => name))), [50, 50, 50, 50]);
  assertEquals(router.broadcastTargets("quotes", 9).length, 4);
});
