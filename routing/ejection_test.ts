import { assert, assertEquals } from "@std/assert";
import type { Code } from "../errors.ts";
import type { Router } from "./router.ts";
import {
  callOnce,
  group,
  request,
  routerAt,
  seededRandom,
  servers,
  tally,
} from "../tests/support/servers.ts";
import type { GroupConfig, ServerView } from "./types.ts";

/** Calls `times` times; calls to servers in `broken` end with `code`. Returns the servers picked. */
function drive(
  router: Router,
  times: number,
  broken: ReadonlySet<string>,
  code: Code = "UNAVAILABLE",
  key?: (i: number) => string,
): string[] {
  return Array.from({ length: times }, (_, i) => {
    const { server } = router.pick(request({ key: key?.(i) }));
    router.started(server!, "quotes");
    const bad = broken.has(server!.name);
    router.ended(server!, "quotes", bad ? code : "ok", bad && code !== "UNAVAILABLE" ? 500 : 2);
    return server!.name;
  });
}

/** Ends a run of calls to one server badly, which ejects it whatever the mode. */
function eject(router: Router, view: ServerView): void {
  for (let i = 0; i < 5; i++) {
    router.started(view, "quotes");
    router.ended(view, "quotes", "UNAVAILABLE", 1);
  }
  assertEquals(stateOf(router, view.name), "ejected");
}

function stateOf(router: Router, name: string): string {
  return router.snapshot()[0]!.servers.find((server) => server.name === name)!.state;
}

const modes: [string, GroupConfig, ((i: number) => string) | undefined][] = [
  ["round-robin", group(), undefined],
  ["least-loaded", group({ balance: "least-loaded" }), undefined],
  ["routed", group({ mode: "routed" }), (i) => `user-${i}`],
];

Deno.test("a server is shown as what it is for the worst of its services", () => {
  const views = servers(2, ["quotes", "news"]);
  const { router } = routerAt([group({ services: ["quotes", "news"] })], views);
  for (const service of ["quotes", "news"]) {
    const { server } = router.pick(request({ service }));
    router.started(server!, service);
    router.ended(server!, service, "ok", 1);
  }
  eject(router, views[0]!);
  assertEquals(stateOf(router, "exec-2"), "ok");
});

for (const [name, config, key] of modes) {
  Deno.test(`${name}: an ejected server is probed by one call at a time, and taken back`, () => {
    const { router, clock } = routerAt([config], servers(4), { random: seededRandom(1) });
    const bad = new Set(["exec-2"]);
    eject(router, servers(4)[1]!);
    assertEquals(tally(drive(router, 200, bad, "UNAVAILABLE", key))["exec-2"], undefined);

    clock.ms += 1_000;
    assertEquals(tally(drive(router, 200, bad, "UNAVAILABLE", key))["exec-2"], 1);
    assertEquals(stateOf(router, "exec-2"), "ejected");

    clock.ms += 60_000;
    const after = tally(drive(router, 800, new Set(), "UNAVAILABLE", key));
    assertEquals(stateOf(router, "exec-2"), "ok");
    if (name !== "least-loaded") assert(after["exec-2"]! > 150, `${after["exec-2"]}`);
    assertEquals(router.snapshot()[0]!.counters.probes, 2);
  });

  for (const code of ["UNAVAILABLE", "DEADLINE_EXCEEDED"] as const) {
    Deno.test(`${name}: a server whose calls end in ${code} gets hardly any`, () => {
      const { router, clock } = routerAt([config], servers(4), { random: seededRandom(1) });
      let hit = 0;
      for (let i = 0; i < 40; i++) {
        clock.ms += 20;
        hit += tally(drive(router, 20, new Set(["exec-2"]), code, key))["exec-2"] ?? 0;
      }
      assert(hit >= 1 && hit <= 8, `${hit} of 800 calls reached the broken server`);
      // Least-loaded keeps calls away before there are five failures in a row.
      if (name !== "least-loaded") assertEquals(stateOf(router, "exec-2"), "ejected");
    });
  }
}

Deno.test("only one call probes at a time", () => {
  const { router, clock } = routerAt([], servers(3));
  drive(router, 30, new Set(["exec-1"]));
  clock.ms += 1_000;
  const decision = router.pick(request());
  assertEquals([decision.server?.name, decision.why], ["exec-1", "probe of an ejected server"]);
  router.started(decision.server!, "quotes");
  assertEquals(tally(drive(router, 10, new Set())), { "exec-2": 5, "exec-3": 5 });
});

Deno.test("a retry is never a probe", () => {
  const { router, clock } = routerAt([group({ balance: "least-loaded" })], servers(3), {
    random: seededRandom(2),
  });
  eject(router, servers(3)[0]!);
  clock.ms += 1_000;
  const avoidHash = servers(3)[1]!.hash;
  assertEquals(router.pick(request({ avoidHash })).why, "least-loaded");
});

Deno.test("never more than half of the servers are ejected", () => {
  for (const [count, most] of [[1, 0], [2, 1], [3, 1], [4, 2], [5, 2], [11, 5]] as const) {
    const views = servers(count);
    const { router } = routerAt([], views);
    drive(router, 1_000, new Set(views.map(({ name }) => name)));
    const ejected = router.snapshot()[0]!.servers.filter(({ state }) => state === "ejected");
    assertEquals(ejected.length, most, `of ${count}`);
    assert(router.pick(request()).server !== undefined);
  }
});

Deno.test("when the healthy half leaves, ejected servers are better than none", () => {
  for (const [, config, key] of modes) {
    const { router } = routerAt([config], servers(2));
    eject(router, servers(2)[0]!);
    router.update(servers(2).slice(0, 1));
    const decision = router.pick(request({ key: key?.(1) }));
    assertEquals([decision.server?.name, decision.why], ["exec-1", "every server is ejected"]);
  }
});

Deno.test("a service that fails at a server leaves the server's other services alone", () => {
  const { router } = routerAt([], servers(3, ["quotes", "news"]));
  drive(router, 60, new Set(["exec-1"]));
  assertEquals(
    tally(Array.from({ length: 30 }, () => callOnce(router, { service: "news" }))),
    { "exec-1": 10, "exec-2": 10, "exec-3": 10 },
  );
});

Deno.test("a server that reconnects takes calls again at once", () => {
  const { router } = routerAt([], servers(3));
  drive(router, 30, new Set(["exec-1"]));
  router.update(servers(3).map((view, i) => i === 0 ? { ...view, connected: false } : view));
  router.update(servers(3));
  assertEquals(tally(drive(router, 30, new Set()))["exec-1"], 10);
});

Deno.test("a readmitted server gets its share and makes up for nothing", () => {
  const { router, clock } = routerAt([], servers(3));
  drive(router, 300, new Set(["exec-1"]));
  clock.ms += 1_000;
  const counts = tally(drive(router, 300, new Set()));
  for (const count of Object.values(counts)) assert(Math.abs(count - 100) <= 1, `${count}`);
});

Deno.test("a preferred local server that is ejected gives its calls to others", () => {
  const local = { ...servers(1)[0]!, local: true };
  const { router } = routerAt([group({ prefer: "local" })], [local, ...servers(2).slice(1)]);
  const picked = drive(router, 20, new Set(["exec-1"]));
  assertEquals(tally(picked), { "exec-1": 5, "exec-2": 15 });
});
