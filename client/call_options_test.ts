import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MeshError } from "../errors.ts";
import { parseMetadata } from "../wire/metadata.ts";
import { checkCallOptions, type CheckedOptions } from "./call_options.ts";
import type { CallOptions } from "./types.ts";

function check(options: unknown): CheckedOptions | MeshError {
  return checkCallOptions(options as CallOptions, "a.b");
}

function good(options: unknown): CheckedOptions {
  const checked = check(options);
  assert(!(checked instanceof MeshError), `${checked}`);
  return checked;
}

Deno.test("options that are right come back as plain values", () => {
  const { signal } = new AbortController();
  const { metadata, ...rest } = good({
    key: "k",
    timeoutMs: 5,
    idleTimeoutMs: 7,
    signal,
    idempotent: true,
    metadata: { a: "1" },
  });
  assertEquals(rest, { key: "k", timeoutMs: 5, idleTimeoutMs: 7, signal, idempotent: true });
  assertEquals(parseMetadata(metadata!), { a: "1" });
  for (const none of [undefined, {}, { key: undefined, signal: undefined, metadata: undefined }]) {
    assertEquals(good(none), {
      key: undefined,
      timeoutMs: undefined,
      idleTimeoutMs: undefined,
      signal: undefined,
      idempotent: false,
      metadata: null,
    });
  }
});

Deno.test("numbers and bigints are keys by their decimal text", () => {
  assertEquals([5, -1.5, 12n, 0, ""].map((key) => good({ key }).key), ["5", "-1.5", "12", "0", ""]);
});

Deno.test("an option of a wrong kind is refused by its name, with what was seen and what is allowed", () => {
  const hostile = [
    Object.create(null),
    Symbol("s"),
    new Proxy({}, {
      get() {
        throw new Error("trap");
      },
    }),
    [],
    () => {},
  ];
  const cases: [string, unknown[], string][] = [
    ["key", [null, true, NaN, Infinity, {}, ...hostile], "a text, a number or a bigint"],
    ["timeoutMs", [NaN, -1, -Infinity, 86_400_001, "5", null, 5n, ...hostile], "milliseconds"],
    ["idleTimeoutMs", [0, NaN, -1, Infinity, 86_400_001, "5", null, ...hostile], "above 0"],
    ["signal", [
      null,
      5,
      { aborted: false },
      Object.create(AbortSignal.prototype),
      new AbortController(),
      ...hostile,
    ], "an AbortSignal"],
    ["idempotent", [null, 1, "yes", ...hostile], "true or false"],
    ["metadata", [null, 5, "text", [], Symbol("s"), () => {}], "an object whose values are texts"],
  ];
  for (const [option, values, allowed] of cases) {
    for (const value of values) {
      const error = check({ [option]: value });
      assert(error instanceof MeshError, option);
      assertEquals([error.code, error.started, error.target], ["INVALID_ARGUMENT", false, "a.b"]);
      assertStringIncludes(error.message, option);
      assertStringIncludes(error.message, allowed);
    }
  }
  for (const options of [null, 5, "text", () => {}]) {
    const error = check(options);
    assert(error instanceof MeshError);
    assertStringIncludes(error.message, "options");
  }
});

Deno.test("options that cannot be looked at are refused, too", () => {
  const odd = [
    {
      get key() {
        throw Object.create(null);
      },
    },
    new Proxy({}, {
      get() {
        throw new Error("trap");
      },
    }),
    { metadata: { a: 5 } },
    { metadata: { a: "x".repeat(70_000) } },
    {
      metadata: new Proxy({}, {
        ownKeys() {
          throw null;
        },
      }),
    },
  ];
  for (const options of odd) {
    const error = check(options);
    assert(error instanceof MeshError);
    assertEquals([error.code, error.started], ["INVALID_ARGUMENT", false]);
  }
});
