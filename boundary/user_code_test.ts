import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MeshError } from "../errors.ts";
import { enter, itemsOf, type Left, nextOf, readThrown } from "./user_code.ts";

/** Notes how user code was left. */
class Notes implements Left {
  readonly seen: unknown[][] = [];
  readonly first = Promise.withResolvers<void>();

  returned(result: unknown): void {
    this.seen.push(["returned", result]);
    this.first.resolve();
  }

  threw(thrown: unknown): void {
    this.seen.push(["threw", thrown]);
    this.first.resolve();
  }
}

async function run(code: () => unknown): Promise<unknown[][]> {
  const notes = new Notes();
  enter(code, undefined, undefined, notes);
  await notes.first.promise;
  // Whoever calls back twice does it by now.
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return notes.seen;
}

const thrownValue = Object.create(null);
const unreadable = {
  get then() {
    throw thrownValue;
  },
};
const fail = () => {
  throw thrownValue;
};
const trapped = new Proxy({}, { get: fail, getPrototypeOf: fail });

Deno.test("user code is left exactly once, whatever its result is", async () => {
  class Odd<T> extends Promise<T> {}
  const cases: [string, () => unknown, unknown[]][] = [
    ["a value", () => 5, ["returned", 5]],
    ["nothing", () => {}, ["returned", undefined]],
    ["a promise", () => Promise.resolve(5), ["returned", 5]],
    ["a promise of a promise", async () => await Promise.resolve(Promise.resolve(5)), [
      "returned",
      5,
    ]],
    ["a promise of a subclass", () => Odd.resolve(5), ["returned", 5]],
    ["a throw", () => {
      throw thrownValue;
    }, ["threw", thrownValue]],
    ["a throw of nothing", () => {
      throw undefined;
    }, ["threw", undefined]],
    ["a rejection", () => Promise.reject(null), ["threw", null]],
    ["a rejection of a subclass", () => Odd.reject(null), ["threw", null]],
    ["a promise with a `then` of its own", () => {
      const promise = Promise.resolve(5);
      promise.then = () => {
        throw new Error("never called");
      };
      return promise;
    }, ["returned", 5]],
    ["a `then` that calls back twice", () => ({
      // deno-lint-ignore no-explicit-any -- as odd as it gets
      then(resolve: any, reject: any) {
        resolve(1);
        resolve(2);
        reject(3);
        throw 4;
      },
    }), ["returned", 1]],
    ["a `then` that throws", () => ({
      then() {
        throw thrownValue;
      },
    }), ["threw", thrownValue]],
    ["a `then` that cannot be looked at", () => unreadable, ["returned", unreadable]],
    ["a `then` that is none", () => Object.assign(() => {}, { then: 5 }), []],
    ["a proxy whose traps throw", () => trapped, ["returned", trapped]],
  ];
  for (const [name, code, expected] of cases) {
    const seen = await run(code);
    assertEquals(seen.length, 1, name);
    if (expected.length > 0) assert(Object.is(seen[0]![1], expected[1]), name);
    if (expected.length > 0) assertEquals(seen[0]![0], expected[0], name);
  }
});

Deno.test("user code gets its two arguments", async () => {
  const notes = new Notes();
  enter((a: number, b: string) => [a, b], 1, "b", notes);
  await notes.first.promise;
  assertEquals(notes.seen, [["returned", [1, "b"]]]);
});

Deno.test("async iterables and generators are streams, everything else is a value", async () => {
  async function* asynchronous() {
    yield 1;
  }
  function* synchronous() {
    yield 1;
  }
  for (const stream of [asynchronous(), synchronous(), new Blob(["x"]).stream()]) {
    const items = itemsOf(stream);
    assert(items !== undefined);
    assertEquals((await items.next()).done, false);
    await items.return?.();
  }
  for (const value of [null, undefined, 5, "text", [1], new Map(), { next() {} }, () => {}]) {
    assertEquals(itemsOf(value), undefined);
  }
});

Deno.test("a stream that cannot be read says so when it is looked at", () => {
  const locked = new Blob(["x"]).stream();
  locked.getReader();
  assertThrows(() => itemsOf(locked));
  assertThrows(() => itemsOf({ [Symbol.asyncIterator]: () => 5 }), TypeError);
  assertThrows(() =>
    itemsOf(
      new Proxy({}, {
        has() {
          throw new Error("trap");
        },
      }),
    )
  );
  assertEquals(itemsOf({ [Symbol.asyncIterator]: 5 }), undefined);
});

Deno.test("an iterator that gives no objects fails, as it does in a loop", async () => {
  for (const given of [5, undefined, "text", Symbol("s")]) {
    // deno-lint-ignore no-explicit-any -- as odd as it gets
    const items: any = { next: () => Promise.resolve(given) };
    await assertRejects(() => nextOf(items), TypeError, "no object");
  }
  await assertRejects(() => nextOf({} as AsyncIterator<unknown>), TypeError);
});

Deno.test("readThrown() keeps the code of a MeshError, and takes everything else for an accident", () => {
  const error = new MeshError("NOT_FOUND", "no such", { metadata: { a: "1" } });
  const { metadata, ...rest } = readThrown(error);
  assertEquals(rest, { code: "NOT_FOUND", message: "no such", deliberate: true });
  assertEquals({ ...metadata }, { a: "1" });
  assertEquals(readThrown(new RangeError("far")).message, "far");
  assertEquals(readThrown("text").message, "text");
  const pretending = [
    Object.assign(new Error("x"), { name: "MeshError", code: "NO_SUCH_CODE" }),
    Object.assign(new Error("x"), { name: "MeshError", code: "__proto__" }),
    Object.defineProperty(new MeshError("CANCELLED", "x"), "message", {
      get() {
        throw null;
      },
    }),
    Object.create(null),
    Symbol("s"),
    undefined,
    new Proxy(new MeshError("CANCELLED", "x"), {
      getPrototypeOf() {
        throw 1;
      },
    }),
  ];
  for (const thrown of pretending) {
    const read = readThrown(thrown);
    assertEquals([read.code, read.deliberate, typeof read.message], ["INTERNAL", false, "string"]);
  }
});

Deno.test("readThrown() takes metadata that is text, and else says that it is left out", () => {
  const good = new MeshError("CANCELLED", "x", { metadata: { a: "1", ["__proto__"]: "p" } });
  assertEquals(Object.entries(readThrown(good).metadata), [["a", "1"], ["__proto__", "p"]]);
  const odd: unknown[] = [{ a: "1", b: 5 }, { a: Symbol() }, {
    get a() {
      throw new Error("getter");
    },
  }];
  odd.push(new Proxy({}, { ownKeys: fail }));
  for (const metadata of odd) {
    const read = readThrown(Object.assign(new MeshError("CANCELLED", "x"), { metadata }));
    assertEquals([read.code, Object.keys(read.metadata)], ["CANCELLED", []]);
    assert(read.message.startsWith("x (metadata left out: "), read.message);
  }
});
