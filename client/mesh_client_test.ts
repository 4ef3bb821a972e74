import { assertEquals, assertRejects } from "@std/assert";
import { MeshError } from "../errors.ts";
import { NotedCalls } from "../tests/support/noted_calls.ts";
import type { CallRequest } from "./call_request.ts";
import { CallScope } from "./call_scope.ts";
import { MeshClient } from "./mesh_client.ts";
import type { OutgoingCall } from "./outgoing_call.ts";

/** A client of a process that keeps what is asked for. */
function noting(scope?: CallScope): { mesh: MeshClient; asked: CallRequest[] } {
  const asked: CallRequest[] = [];
  const calls = new class extends NotedCalls {
    override begin(call: OutgoingCall): void {
      super.begin(call);
      asked.push(call.request);
    }
  }();
  calls.nowMs = 1_000;
  return { mesh: new MeshClient(calls, 5_000, scope), asked };
}

/** A value of a type that no caller who is checked could give. */
const odd = (json: string) => JSON.parse(json);

interface Quotes {
  price(symbol: string): string;
}

Deno.test("a service's client makes calls by method, each option of a call over those of the client", () => {
  const { mesh, asked } = noting();
  const quotes = mesh.service<Quotes>("quotes", { timeoutMs: 100, key: "all" });
  quotes.price("ACME");
  quotes.price("ACME", { key: "one" });
  const seen = asked.map(({ target, input, key, deadlineMs }) => [target, input, key, deadlineMs]);
  assertEquals(seen, [
    ["quotes.price", "ACME", "all", 1_100],
    ["quotes.price", "ACME", "one", 1_100],
  ]);
  mesh.service<Quotes>("quotes").price("ACME", { timeoutMs: 7 });
  mesh.service<Quotes>("quotes").price("ACME");
  assertEquals(asked.slice(2).map(({ deadlineMs }) => deadlineMs), [1_007, 6_000]);
});

Deno.test("a service's client is no promise: it can be awaited", async () => {
  const { mesh, asked } = noting();
  const quotes = mesh.service<Quotes>("quotes");
  assertEquals(await Promise.resolve(quotes), quotes);
  assertEquals(Reflect.get(quotes, Symbol.iterator), undefined);
  assertEquals(asked, []);
});

Deno.test("options that are no object end the call, whether the client's or the call's", async () => {
  const { mesh } = noting();
  const soon = odd('"soon"');
  const calls = [
    mesh.service<Quotes>("quotes", soon).price("ACME"),
    mesh.service<Quotes>("quotes", {}).price("ACME", soon),
    mesh.service<Quotes>("quotes", {}).price("ACME", odd("null")),
    mesh.service<Quotes>("quotes", odd("null")).price("ACME", {}),
    mesh.call("quotes.price", 1, soon),
    mesh.call(odd("7")),
  ];
  for (const call of calls) {
    const { code, started } = await assertRejects(() => call as Promise<unknown>, MeshError);
    assertEquals([code, started], ["INVALID_ARGUMENT", false]);
  }
});

Deno.test("a call ends with its scope's deadline, and has its user as key unless it has one of its own", () => {
  const { mesh, asked } = noting(new CallScope({ deadlineMs: 3_000, user: "ada" }));
  mesh.call("a.b", 1);
  mesh.call("a.b", 1, { key: 7, timeoutMs: 500 });
  mesh.call("a.b", 1, { timeoutMs: Infinity });
  assertEquals(
    asked.map(({ key, keyExplicit, deadlineMs, firstReply }) =>
      [key, keyExplicit, deadlineMs, firstReply] as const
    ),
    [["ada", false, 3_000, true], ["7", true, 1_500, false], ["ada", false, 3_000, true]],
  );
  assertEquals(mesh.deadlineMs(undefined), 3_000);
  assertEquals(mesh.deadlineMs(10), 1_010);
});

Deno.test("a broadcast to a target that is too long is an ordinary call, which says so", async () => {
  const { mesh, asked } = noting();
  const target = `quotes.${"x".repeat(300)}`;
  void mesh.broadcast(target, 7, { timeoutMs: 50 })[Symbol.asyncIterator]().next();
  await Promise.resolve();
  assertEquals(asked.map(({ target, input, deadlineMs }) => [target, input, deadlineMs]), [
    [target, 7, 1_050],
  ]);
});
