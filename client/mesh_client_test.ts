import { assertEquals, assertRejects } from "@std/assert";
import { MeshError } from "../errors.ts";
import { realOutside } from "../outside/real_outside.ts";
import type { CallPort } from "./call_port.ts";
import type { CallRequest } from "./call_request.ts";
import { CallScope } from "./call_scope.ts";
import { MeshClient } from "./mesh_client.ts";

/** A client whose port keeps what is asked for. */
function noting(scope?: CallScope): { mesh: MeshClient; asked: CallRequest[] } {
  const asked: CallRequest[] = [];
  const port = {
    outside: Object.create(realOutside, { now: { value: () => 1_000 } }),
    begin: ({ request }: { request: CallRequest }) => asked.push(request),
    settled: () => {},
    cancel: () => {},
  };
  return { mesh: new MeshClient(port as unknown as CallPort, 5_000, scope), asked };
}

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
  assertEquals((quotes as unknown as Record<symbol, unknown>)[Symbol.iterator], undefined);
  assertEquals(asked, []);
});

Deno.test("options that are no object end the call, whether the client's or the call's", async () => {
  const { mesh } = noting();
  const odd = "soon" as never;
  const calls = [
    mesh.service<Quotes>("quotes", odd).price("ACME"),
    mesh.service<Quotes>("quotes", {}).price("ACME", odd),
    mesh.service<Quotes>("quotes", {}).price("ACME", null as never),
    mesh.service<Quotes>("quotes", null as never).price("ACME", {}),
    mesh.call("quotes.price", 1, odd),
    mesh.call(7 as never),
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
