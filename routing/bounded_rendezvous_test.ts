import { assert, assertEquals } from "@std/assert";
import { serverHash } from "./hash.ts";
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
import type { ServerView } from "./types.ts";

const routed = group({ mode: "routed" });

/** Starts a call and leaves it under way. */
function hold(router: Router, key: string): ServerView {
  const { server } = router.pick(request({ key }));
  router.started(server!, "quotes");
  return server!;
}

/** The servers in the order in which they take over a key. */
function order(key: string, count: number): string[] {
  const left = servers(count);
  const names: string[] = [];
  while (left.length > 0) {
    const name = callOnce(routerAt([routed], left).router, { key });
    names.push(name);
    left.splice(left.findIndex((view) => view.name === name), 1);
  }
  return names;
}

function ownersOf(router: Router, count: number): string[] {
  return Array.from({ length: count }, (_, i) => callOnce(router, { key: `user-${i}` }));
}

Deno.test("calls with the same key go to the same server, from every proxy", () => {
  const first = routerAt([routed], servers(5)).router;
  const second = routerAt([routed], servers(5).reverse(), { self: "web-2" }).router;
  const owners = ownersOf(first, 500);
  assertEquals(ownersOf(first, 500), owners);
  assertEquals(ownersOf(second, 500), owners);
  assertEquals(Object.keys(tally(owners)).length, 5);
});

Deno.test("without a key a routed group is as even as a normal one", () => {
  const { router } = routerAt([routed], servers(3));
  assertEquals(
    Object.values(tally(Array.from({ length: 300 }, () => callOnce(router)))),
    [100, 100, 100],
  );
});

Deno.test("a user's identity routes as an explicit key does", () => {
  const { router } = routerAt([routed], servers(5));
  for (let i = 0; i < 50; i++) {
    assertEquals(
      callOnce(router, { key: `u${i}`, keyExplicit: false }),
      callOnce(router, { key: `u${i}` }),
    );
  }
});

Deno.test("an unavailable server's keys go to the next in order, and back when it returns", () => {
  const { router } = routerAt([routed], servers(4));
  const before = ownersOf(router, 1_000);
  for (const facts of [{ connected: false }, { draining: true }]) {
    router.update(servers(4).map((view, i) => i === 1 ? { ...view, ...facts } : view));
    const during = ownersOf(router, 1_000);
    for (let i = 0; i < 1_000; i++) {
      if (before[i] !== "exec-2") assertEquals(during[i], before[i]);
      else assertEquals(during[i], order(`user-${i}`, 4)[1]);
    }
    const decision = router.pick(request({ key: `user-${before.indexOf("exec-2")}` }));
    assertEquals(decision.why, "failover: the key's server is not available");
    router.update(servers(4));
    assertEquals(ownersOf(router, 1_000), before);
  }
  assert(router.snapshot()[0]!.counters.failedOver > 300);
});

Deno.test("a retry goes to the next server in the key's order", () => {
  const { router } = routerAt([routed], servers(4));
  for (let i = 0; i < 50; i++) {
    const [first, second] = order(`k${i}`, 4);
    assertEquals(callOnce(router, { key: `k${i}`, avoidHash: serverHash(first!) }), second);
  }
});

Deno.test("a hot key fills its server to 1.25 times the average, then the next in its order", () => {
  const { router } = routerAt([routed], servers(4));
  const [first, second, third, fourth] = order("hot", 4);
  const counts: Record<string, number> = {};
  for (let calls = 1; calls <= 400; calls++) {
    const { name } = hold(router, "hot");
    counts[name] = (counts[name] ?? 0) + 1;
    const limit = Math.max(8, Math.ceil(1.25 * calls / 4));
    for (const count of Object.values(counts)) assert(count <= limit, `${count} > ${limit}`);
  }
  assertEquals([first, second, third].map((name) => counts[name!]), [125, 125, 125]);
  assertEquals(counts[fourth!], 25);
});

Deno.test("a hot key's calls return to its server as soon as there is room", () => {
  const { router } = routerAt([routed], servers(3));
  const [first] = order("hot", 3);
  const held = Array.from({ length: 60 }, () => hold(router, "hot"));
  for (const view of held) router.ended(view, "quotes", "ok", 5);
  const decision = router.pick(request({ key: "hot" }));
  assertEquals([decision.server?.name, decision.why], [first, "key's server"]);
});

Deno.test("up to eight calls of a key at once stay together, and evenly spread keys hardly spill", () => {
  const { router } = routerAt([routed], servers(3));
  const [first] = order("page", 3);
  for (let i = 0; i < 8; i++) assertEquals(hold(router, "page").name, first);

  const even = routerAt([routed], servers(3)).router;
  const random = seededRandom(5);
  const held: ServerView[] = [];
  for (let i = 0; i < 20_000; i++) {
    held.push(hold(even, `user-${Math.floor(random() * 1e6)}`));
    if (held.length > 10) {
      even.ended(held.splice(Math.floor(random() * held.length), 1)[0]!, "quotes", "ok", 1);
    }
  }
  const { spilled } = even.snapshot()[0]!.counters;
  assert(spilled < 400, `${spilled} of 20,000 spilled`);
});

Deno.test("the load bound is configurable", () => {
  const { router } = routerAt([group({ mode: "routed", loadBound: 2 })], servers(4));
  const counts = tally(Array.from({ length: 400 }, () => hold(router, "hot").name));
  assertEquals(Object.values(counts).sort((a, b) => b - a).slice(0, 2), [200, 200]);
});
