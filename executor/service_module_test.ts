import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { MeshError } from "../errors.ts";
import { hostileValues, throwing } from "../tests/support/hostile_options.ts";
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

Deno.test("options of a service that are of a wrong kind are refused in words, whatever they are", () => {
  const rights: Record<string, string[]> = {
    name: ["a text", "a digit"],
    idempotent: ["true"],
    concurrency: ["Infinity"],
  };
  const refused = (service: unknown, says: string) => {
    const error = assertThrows(() => readServiceModule("/s.ts", { handler, service }), MeshError);
    assertEquals([error.code, error.started], ["INVALID_ARGUMENT", false]);
    assertStringIncludes(error.message, says);
  };
  for (const [option, right] of Object.entries(rights)) {
    for (const [name, value] of Object.entries(hostileValues())) {
      if (!right.includes(name)) refused({ [option]: value }, `/s.ts is not a service: service.`);
    }
    refused(throwing(option), `service.${option} cannot be read: a trap`);
  }
  // Objects without a known option: names that are none of ours are let be.
  const objects = [
    "no prototype",
    "inspection throws",
    "cyclic",
    "toString throws",
    "message throws",
    "thenable that throws",
  ];
  for (const [name, value] of Object.entries(hostileValues())) {
    if (typeof value !== "function" && !objects.includes(name)) refused(value, "service");
  }
  refused({ idempotent: ["handler", "hndler"] }, '"hndler", which is no handler');
  refused({ idempotent: ["toString"] }, '"toString", which is no handler');
  for (const name of ["a b", "a\0", "\ud800", "x".repeat(199)]) {
    refused({ name }, "service.name is");
  }
  refused({ name: "x".repeat(198) }, "200 are allowed");
  assertThrows(
    () => readServiceModule(`/${"x".repeat(200)}.ts`, { handler }),
    MeshError,
    "208 bytes",
  );
});

Deno.test("a handler may be called service, and options may be a class's or a module's", () => {
  class Options {
    name = "own";
  }
  const read = (service: unknown) => readServiceModule("/s.ts", { handler, service });
  assertEquals([...read(() => 1).handlers.keys()], ["handler", "service"]);
  assertEquals(read(new Options()).name, "own");
  assertEquals(read({ name: undefined, idempotent: undefined, concurrency: Infinity }).name, "s");
});
