import { assertEquals, assertStrictEquals } from "@std/assert";
import type { CallScope } from "../client/call_scope.ts";
import { MeshClient } from "../client/mesh_client.ts";
import { Logger } from "../observe/log.ts";
import { NotedCalls } from "../tests/support/noted_calls.ts";
import { CallContext, type CallFacts } from "./call_context.ts";

const FACTS: CallFacts = {
  target: "quotes.price",
  service: "quotes",
  handler: "price",
  key: "ada",
  requestIdHigh: 7,
  requestIdLow: 9,
  traceparent: undefined,
  metadata: undefined,
  deadlineMs: 500,
  firstReply: true,
  suspect: true,
};

/** A call's context, and the scope of its onward calls. */
function contextOf(facts: Partial<CallFacts> = {}) {
  const scopes: CallScope[] = [];
  const host = {
    server: "exec-1",
    slot: 3,
    timeOriginMs: 10_000,
    log: new Logger({ level: "error", format: "json" }),
    mesh: {
      within: (scope: CallScope) => {
        scopes.push(scope);
        return new MeshClient(new NotedCalls(), 5_000, scope);
      },
    },
  };
  const context = new CallContext(host, { ...FACTS, ...facts });
  return { context, scopes };
}

Deno.test("a handler's onward calls inherit what its own call is", () => {
  const { context, scopes } = contextOf();
  assertStrictEquals(context.mesh, context.mesh);
  const { deadlineMs, firstReply, suspect, requestIdHigh, requestIdLow } = scopes[0]!;
  assertEquals(
    [scopes.length, deadlineMs, firstReply, suspect, requestIdHigh, requestIdLow],
    [1, 500, true, true, 7, 9],
  );
  assertEquals([context.server, context.slot, context.key, context.deadline], [
    "exec-1",
    3,
    "ada",
    10_500,
  ]);
});

Deno.test("a stream that has begun has no deadline any more, and so have its onward calls", () => {
  const { context, scopes } = contextOf();
  context.mesh;
  context.lift();
  assertEquals([context.deadline, scopes[0]!.deadlineMs], [Infinity, Infinity]);
  const later = contextOf();
  later.context.lift();
  later.context.mesh;
  assertEquals([later.context.deadline, later.scopes[0]!.deadlineMs], [Infinity, Infinity]);
});

Deno.test("a handler learns that nobody waits, whenever it asks, and only the first reason", () => {
  for (const asksFirst of [true, false]) {
    const { context } = contextOf();
    if (asksFirst) context.signal;
    context.abort("gone");
    context.abort("again");
    assertEquals([context.signal.aborted, context.signal.reason], [true, "gone"]);
  }
});
