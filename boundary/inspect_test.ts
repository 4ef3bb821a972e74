import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SHOWN_DEPTH_MAX, SHOWN_ITEMS_MAX, SHOWN_MAX_CHARS } from "../limits.ts";
import { cutText, inspect, inspectFields, type Shown } from "./inspect.ts";

/** As plain objects, to be compared. */
const plain = (shown: Shown): unknown => JSON.parse(JSON.stringify(shown));
const circular: Record<string, unknown> = { name: "c" };
circular.self = circular;
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const ran: string[] = [];
const noting = (name: string) => () => {
  ran.push(name);
  throw new Error(name);
};
const trapped = new Proxy({}, {
  get: noting("get"),
  has: noting("has"),
  ownKeys: noting("ownKeys"),
  getOwnPropertyDescriptor: noting("getOwnPropertyDescriptor"),
  getPrototypeOf: noting("getPrototypeOf"),
});
class Sneaky extends Map<number, number> {
  override get size(): number {
    return noting("size")() as never;
  }
  override entries = noting("entries") as never;
  override [Symbol.iterator] = noting("iterator") as never;
}

const VALUES: readonly [unknown, unknown][] = [
  [undefined, "undefined"],
  [null, null],
  [true, true],
  [-1.5, -1.5],
  [NaN, "NaN"],
  [-Infinity, "-Infinity"],
  ["text", "text"],
  [12n, "12"],
  [1n << 5_000n, "[bigint of more than 1024 bits]"],
  [Symbol("s"), "Symbol(s)"],
  [function named() {}, "[function named]"],
  [Object.defineProperty(() => {}, "name", { get: noting("name") }), "[function without a name]"],
  [class Foo {}, "[function Foo]"],
  [new Date(0), "1970-01-01T00:00:00.000Z"],
  [new Date(NaN), "[invalid date]"],
  [Object.assign(new Date(0), { toISOString: noting("toISOString") }), "1970-01-01T00:00:00.000Z"],
  [/a\/b/gi, "/a\\/b/gi"],
  [new URL("http://a/b?c"), "http://a/b?c"],
  [Promise.resolve(), "[promise]"],
  [Object(5n), "5"],
  [Object("boxed"), "boxed"],
  [new Uint8Array(3), "[Uint8Array of 3 bytes]"],
  [new Float64Array(2), "[array of 16 bytes]"],
  [new ArrayBuffer(8), "[ArrayBuffer of 8 bytes]"],
  [new Map<unknown, unknown>([[{ a: 1 }, 2]]), [[{ a: 1 }, 2]]],
  [Object.setPrototypeOf(new Map([[1, 2]]), Sneaky.prototype), [[1, 2]]],
  [new Set([1, undefined]), [1, null]],
  [[1, , undefined, "a"], [1, null, null, "a"]],
  [{ a: undefined, b: { c: [null] } }, { b: { c: [null] } }],
  [circular, { name: "c", self: "[circular]" }],
  [[circular, circular], [
    { name: "c", self: "[circular]" },
    { name: "c", self: "[circular]" },
  ]],
  [Object.create(null), {}],
  [Object.create(trapped), {}],
  [revoked.proxy, "[proxy]"],
  [{ in: [revoked.proxy, trapped] }, { in: ["[proxy]", "[proxy]"] }],
  [new Proxy(() => {}, { apply: noting("apply") }), "[proxy]"],
  [{
    get a(): never {
      throw new Error("getter");
    },
    set b(value: unknown) {
      ran.push(String(value));
    },
  }, { a: "[getter]", b: "[setter]" }],
  [{ toJSON: noting("toJSON"), toString: noting("toString") }, {
    toJSON: "[function without a name]",
    toString: "[function without a name]",
  }],
  [{ [Symbol.toPrimitive]: noting("toPrimitive"), [Symbol.for("Deno.customInspect")]: 1 }, {}],
  [{ then: noting("then") }, { then: "[function without a name]" }],
  [globalThis, inspect(globalThis)],
];

Deno.test("inspect() shows any value as plain data, and runs nothing of it", () => {
  for (const [value, expected] of VALUES) assertEquals(plain(inspect(value)), expected);
  assertEquals(ran, []);
});

Deno.test("inspect() shows an error's stack, what it carries, and where it came from", () => {
  const error = Object.assign(
    new TypeError("outer", { cause: new RangeError("inner", { cause: { status: 5 } }) }),
    { code: "X" },
  );
  const text = inspect(error) as string;
  for (const part of ["TypeError: outer\n", '{"code":"X"}', "Caused by: RangeError: inner"]) {
    assertStringIncludes(text, part);
  }
  assertStringIncludes(text, 'Caused by: {"status":5}');
  const all = inspect(new AggregateError([new Error("one"), "two"], "all")) as string;
  assertStringIncludes(all, "Caused by: Error: one");
  assertStringIncludes(all, "Caused by: two");
  const loop = new Error("loop");
  loop.cause = loop;
  assertStringIncludes(inspect(loop) as string, "Caused by: [circular]");
  const long = Array.from({ length: 50 }).reduce<Error>(
    (cause, _, i) => new Error(`e${i}`, { cause }),
    new Error("first"),
  );
  assert((inspect(long) as string).length <= 2 * SHOWN_MAX_CHARS);
  for (const thrower of [noting("stack"), () => 5]) {
    const odd = Object.defineProperty(new Error("odd"), "stack", { get: thrower });
    assertEquals(typeof inspect(odd), "string");
  }
});

Deno.test("inspect() bounds depth, width and length, and marks what it has cut", () => {
  let deep: unknown = "bottom";
  for (let i = 0; i < 10_000; i++) deep = i % 2 === 0 ? { deep } : [deep];
  const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`n${i}`, i]));
  const huge: [string, unknown][] = [
    ["array of", deep],
    [`${10_000 - SHOWN_ITEMS_MAX} more`, wide],
    ["more", new Array(1_000_000)],
    ["more", new Set(Array.from({ length: 1_000 }, (_, i) => i))],
    ["more", new Map(Array.from({ length: 1_000 }, (_, i) => [i, i]))],
    ["more characters", "x".repeat(10_000_000)],
    ["more", Array.from({ length: 90 }, () => Array.from({ length: 90 }, () => ({ a: [1] })))],
    ["more", Array.from({ length: 90 }, () => "y".repeat(4_000))],
    ["more", { ["k".repeat(1_000_000)]: 1, b: new Array(200) }],
  ];
  for (const [mark, value] of huge) {
    const text = JSON.stringify(inspect(value));
    assert(text.length < 8 * SHOWN_MAX_CHARS, `${mark}: ${text.length} characters`);
    assertStringIncludes(text, mark);
  }
  assert(SHOWN_DEPTH_MAX < 20);
});

Deno.test("inspectFields() takes whatever is given for fields", () => {
  assertEquals(plain(inspectFields({ a: 1, b: undefined })), { a: 1 });
  assertEquals(plain(inspectFields(null)), {});
  assertEquals(plain(inspectFields("text")), { value: "text" });
  assertEquals(plain(inspectFields([1])), { value: [1] });
  assertEquals(plain(inspectFields(revoked.proxy)), { value: "[proxy]" });
  assertStringIncludes(String(inspectFields(new Error("why")).error), "Error: why");
  const odd = inspectFields(JSON.parse('{ "__proto__": { "polluted": 1 }, "constructor": 2 }'));
  assertEquals(Object.keys(odd), ["__proto__", "constructor"]);
  assertEquals(({} as { polluted?: number }).polluted, undefined);
});

Deno.test("cutText() keeps a text within its bound and says how much it has left out", () => {
  assertEquals(cutText("abc", 3), "abc");
  assertEquals(cutText("abcd", 3), "abc… (1 more characters)");
});
