import { assertEquals, assertThrows } from "@std/assert";
import { offerOf, readServiceModule, serviceNameOf } from "./service_module.ts";

const handler = () => 1;

Deno.test("a service is named after its file, or as it says itself", () => {
  assertEquals(serviceNameOf("/srv/quotes.ts"), "quotes");
  assertEquals(serviceNameOf("/srv/quotes.v2.ts"), "quotes");
  assertEquals(readServiceModule("/srv/quotes.ts", { handler }).name, "quotes");
  assertEquals(
    readServiceModule("/srv/quotes.ts", { handler, service: { name: "q2" } }).name,
    "q2",
  );
});

Deno.test("every exported function is a handler; constants, classes and the default export are not", () => {
  const service = readServiceModule("/s.ts", {
    handler,
    stream: async function* () {},
    LIMIT: 3,
    Helper: class {},
    default: handler,
  });
  assertEquals([...service.handlers.keys()], ["handler", "stream"]);
});

Deno.test("an offer says which handlers may be repeated and how many calls a process takes", () => {
  const service = readServiceModule("/s.ts", {
    a: handler,
    b: handler,
    service: { idempotent: ["a"], concurrency: 8 },
  });
  assertEquals(offerOf(service), {
    name: "s",
    handlers: [{ name: "a", idempotent: true }, { name: "b", idempotent: false }],
    concurrency: 8,
  });
});

Deno.test("a module that is no service says why", () => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ LIMIT: 3 }, /exports no function/],
    [{ handler, service: 3 }, /must be ServiceOptions/],
    [{ handler, service: { name: "two words" } }, /service\.name/],
    [{ handler, service: { concurrency: 0 } }, /service\.concurrency/],
    [{ handler, service: { idempotent: ["nothing"] } }, /"nothing", which is no handler/],
  ];
  for (const [exports, pattern] of cases) {
    const error = assertThrows(() => readServiceModule("/s.ts", exports), Error);
    assertEquals(pattern.test(error.message), true, error.message);
  }
});
