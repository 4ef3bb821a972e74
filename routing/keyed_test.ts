import { assert, assertEquals, assertMatch } from "@std/assert";
import { serverHash } from "./hash.ts";
import { group, request, routerAt, server, servers } from "../tests/support/servers.ts";

const keys = { club: "exec-2", team: "exec-1", choir: "exec-9" };

Deno.test("a key names the server that answers, whatever else there is", () => {
  const { router } = routerAt([group({ mode: "keyed", keys })], servers(3));
  for (let i = 0; i < 50; i++) {
    assertEquals(router.pick(request({ key: "club" })).server?.name, "exec-2");
    assertEquals(router.pick(request({ key: "team" })).server?.name, "exec-1");
  }
});

Deno.test("a key's server that cannot answer makes the call unavailable, never another server", () => {
  const { router } = routerAt([group({ mode: "keyed", keys })], servers(3));
  const expectUnavailable = (key: string, message: RegExp) => {
    const decision = router.pick(request({ key }));
    assertEquals(decision.code, "UNAVAILABLE");
    assertMatch(decision.message, message);
  };
  expectUnavailable("choir", /exec-9 is not connected/);
  const [first, , third] = servers(3);
  for (
    const [second, message] of [
      [server("exec-2", ["quotes"], { connected: false }), /exec-2 is disconnected/],
      [server("exec-2", ["quotes"], { draining: true }), /exec-2 is draining/],
      [server("exec-2", ["news"]), /exec-2 is not offering/],
    ] as const
  ) {
    router.update([first!, second, third!]);
    expectUnavailable("club", message);
  }
});

Deno.test("a retry of a keyed call goes to the same server again", () => {
  const { router } = routerAt([group({ mode: "keyed", keys })], servers(3));
  const decision = router.pick(request({ key: "club", avoidHash: serverHash("exec-2") }));
  assertEquals(decision.server?.name, "exec-2");
});

Deno.test("failures do not eject a keyed server: nobody else may answer", () => {
  const { router } = routerAt([group({ mode: "keyed", keys })], servers(3));
  for (let i = 0; i < 20; i++) {
    const { server } = router.pick(request({ key: "club" }));
    router.started(server!, "quotes");
    router.ended(server!, "quotes", "UNAVAILABLE", 1);
  }
  assertEquals(router.pick(request({ key: "club" })).server?.name, "exec-2");
});

Deno.test("an unknown key is not found; the known ones are counted, not listed", () => {
  const { router } = routerAt([group({ mode: "keyed", keys })], servers(3));
  const decision = router.pick(request({ key: "band" }));
  assertEquals(decision.code, "NOT_FOUND");
  assertMatch(decision.message, /"band" is not known in group "main", 3 keys are/);
  for (const key of Object.keys(keys)) assert(!decision.message.includes(key));
});

Deno.test("names that every object has are no keys", () => {
  const { router } = routerAt([group({ mode: "keyed", keys })], servers(1));
  for (const key of ["constructor", "__proto__", "toString"]) {
    assertEquals(router.pick(request({ key })).code, "NOT_FOUND");
  }
});

Deno.test("a keyed call without a key of its own is invalid: a user's identity names no server", () => {
  const { router } = routerAt([group({ mode: "keyed", keys })], servers(3));
  assertEquals(router.pick(request()).code, "INVALID_ARGUMENT");
  assertEquals(
    router.pick(request({ key: "club", keyExplicit: false })).code,
    "INVALID_ARGUMENT",
  );
});

const keyModule = "/somewhere/keys.js";

Deno.test("a key module's answer counts for keys that the table does not have, as the table's would", () => {
  const views = [
    ...servers(3),
    server("exec-4", ["quotes"], { connected: false }),
    server("exec-5"),
  ];
  const members = ["exec-1", "exec-2", "exec-3", "exec-4", "exec-8"];
  const { router } = routerAt([group({ mode: "keyed", keys, keyModule, servers: members })], views);
  const pick = (name: string, key = "eu-7") =>
    router.pick(request({ key, pinnedHash: serverHash(name) }));
  const chosen = pick("exec-3");
  assertEquals([chosen.server?.name, chosen.why], ["exec-3", "key table"]);
  for (
    const [name, message] of [
      ["exec-4", /the key's server exec-4 is disconnected/],
      ["exec-5", /the key's server exec-5 is not a server of group "main"/],
      ["exec-8", /the key's server exec-8 is not connected, and was not so far/],
      ["nobody", /the key's server is not a server of group "main"/],
    ] as const
  ) {
    const refused = pick(name);
    assertEquals([refused.server, refused.code], [undefined, "UNAVAILABLE"], name);
    assertMatch(refused.message, message);
  }
  // Of a key of the table, and of a group without a module, it is a broadcast that names a server.
  assertEquals(pick("exec-1", "club").why, "pinned");
});

Deno.test("a server that a key module names and nobody knows is not connected", () => {
  const { router } = routerAt([group({ mode: "keyed", keyModule })], servers(1));
  const refused = router.pick(request({ key: "eu-7", pinnedHash: serverHash("exec-9") }));
  assertEquals(refused.code, "UNAVAILABLE");
  assertMatch(refused.message, /the key's server is not connected/);
});

Deno.test("a call by a process that has not asked the key module yet may be made again, others not", () => {
  const { router } = routerAt([group({ mode: "keyed", keys, keyModule })], servers(3));
  const unasked = router.pick(request({ key: "eu-7" }));
  assert(unasked.server === undefined);
  assertEquals([unasked.code, unasked.again], ["UNAVAILABLE", true]);
  assertEquals(router.pick(request({ key: "club" })).server?.name, "exec-2");
  const away = router.pick(request({ key: "choir" }));
  assert(away.server === undefined);
  assertEquals([away.code, away.again], ["UNAVAILABLE", false]);
  const keyless = router.pick(request());
  assertEquals(keyless.code, "INVALID_ARGUMENT");
});

Deno.test("an explanation says that the key module decides, or with its answer what comes of it", () => {
  const { router } = routerAt([group({ mode: "keyed", keys, keyModule })], servers(3));
  const open = router.explain("quotes", "eu-7");
  assertEquals([open.picked, open.code, open.keyModule, open.tableSize], [
    undefined,
    undefined,
    keyModule,
    3,
  ]);
  const decided = router.explain("quotes", "eu-7", "exec-3");
  assertEquals([decided.picked, decided.reason], ["exec-3", "key table"]);
  assertEquals(router.explain("quotes", "eu-7", "exec-9").code, "UNAVAILABLE");
  // The table comes first, whatever a module may say.
  assertEquals(router.explain("quotes", "club", "exec-3").picked, "exec-2");
});

Deno.test("a key whose server is outside the group is unavailable", () => {
  const { router } = routerAt(
    [group({ mode: "keyed", keys, servers: ["exec-1"] })],
    servers(3),
  );
  const decision = router.pick(request({ key: "club" }));
  assertEquals(decision.code, "UNAVAILABLE");
  assertMatch(decision.message, /not a server of group "main"/);
});

Deno.test("a very long key is not repeated whole in the message", () => {
  const { router } = routerAt([group({ mode: "keyed", keys })], servers(1));
  assert(router.pick(request({ key: "x".repeat(512) })).message.length < 200);
});
