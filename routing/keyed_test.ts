import { assert, assertEquals, assertMatch } from "@std/assert";
import { serverHash } from "./hash.ts";
import { group, request, routerAt, server, servers } from "./test_servers.ts";

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

Deno.test("a key function is asked for keys that the table does not have", () => {
  const asked: string[] = [];
  const keyFunction = (key: string) => {
    asked.push(key);
    if (key === "broken") throw new Error("no idea");
    return key.startsWith("eu-") ? "exec-3" : undefined;
  };
  const { router } = routerAt([group({ mode: "keyed", keys, keyFunction })], servers(3));
  assertEquals(router.pick(request({ key: "eu-7" })).server?.name, "exec-3");
  assertEquals(router.pick(request({ key: "club" })).server?.name, "exec-2");
  assertEquals(asked, ["eu-7"]);
  assertEquals(router.pick(request({ key: "us-7" })).code, "NOT_FOUND");
  const broken = router.pick(request({ key: "broken" }));
  assertEquals(broken.code, "INTERNAL");
  assertMatch(broken.message, /no idea/);
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
