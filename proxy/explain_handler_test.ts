import { assertEquals, assertStringIncludes } from "@std/assert";
import { Router } from "../routing/router.ts";
import { server } from "../tests/support/servers.ts";
import { explainHandler } from "./explain_handler.ts";
import type { Member } from "./membership.ts";

function member(name: string, handlers: string[], facts: Partial<Member> = {}): Member {
  return {
    ...server(name),
    services: new Map([
      ["t", { name: "t", handlers: handlers.map((name) => ({ name, idempotent: false })) }],
    ]),
    port: null,
    ...facts,
  };
}

function explain(handler: string, ...members: Member[]) {
  const router = new Router({ self: "web-1", groups: [], now: () => 0, random: Math.random });
  router.update(members);
  return explainHandler(router.explain("t"), handler, members);
}

Deno.test("a handler that no server has is refused, whatever the server would be", () => {
  const { picked, code, reason, handlers, candidates } = explain(
    "nope",
    member("exec-1", ["watch", "price"]),
    member("exec-2", ["price"]),
  );
  assertEquals([picked, code], [undefined, "NOT_FOUND"]);
  assertEquals(reason, 'service "t" has no handler "nope"; it has price, watch');
  assertEquals(handlers, ["price", "watch"]);
  assertEquals(candidates.map(({ note }) => note), Array(2).fill('has no handler "nope"'));
});

Deno.test("a handler that only some servers have is told where it is missing", () => {
  const [one, two] = [member("exec-1", ["price"]), member("exec-2", ["price", "watch"])];
  const { picked, reason, candidates } = explain("watch", one, two);
  const notes = Object.fromEntries(candidates.map(({ server, note }) => [server, note]));
  assertEquals(notes, { "exec-1": 'has no handler "watch"', "exec-2": "" });
  assertEquals(reason.includes("so the call ends in NOT_FOUND"), picked === "exec-1", reason);
  const known = explain("price", one, two);
  assertEquals(known.candidates.map(({ note }) => note), ["", ""]);
  assertEquals(known.code, undefined);
});

Deno.test("names that every object has are no handlers, and an absent service stays the reason", () => {
  for (const name of ["toString", "constructor", "__proto__", ""]) {
    assertEquals(explain(name, member("exec-1", ["price"])).code, "NOT_FOUND", name);
  }
  const away = explain("price", member("exec-1", ["price"], { connected: false }));
  assertEquals([away.code, away.handlers], ["UNAVAILABLE", ["price"]]);
  const nobody = explain("price");
  assertEquals([nobody.code, nobody.handlers], ["NOT_FOUND", undefined]);
});

Deno.test("a long list of handlers is cut", () => {
  const names = Array.from({ length: 100 }, (_, i) => `h${100 + i}`);
  assertStringIncludes(explain("nope", member("exec-1", names)).reason, "h115 and 84 more");
});
