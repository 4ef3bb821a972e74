import { assert, assertEquals } from "@std/assert";
import { ERROR_MESSAGE_MAX_BYTES } from "../limits.ts";
import { stackOf, textOf } from "./text.ts";

Deno.test("textOf() gives an error's message, a text itself, and a picture of anything else", () => {
  assertEquals(textOf(new RangeError("too far")), "too far");
  assertEquals(textOf("plain"), "plain");
  assertEquals(textOf(undefined), "undefined");
  assertEquals(textOf(null), "null");
  assertEquals(textOf(Symbol("s")), "Symbol(s)");
  assertEquals(textOf(7n), "7");
  assertEquals(textOf({ status: 404 }), "{ status: 404 }");
});

Deno.test("textOf() and stackOf() survive values that throw when they are looked at", () => {
  const hostile = [
    Object.create(null),
    new Proxy({}, {
      get() {
        throw new Error("trap");
      },
    }),
    {
      get message() {
        throw new Error("getter");
      },
    },
    {
      message: 5,
      toString: () => {
        throw new Error("toString");
      },
    },
    Object.defineProperty(new Error("x"), "stack", {
      get() {
        throw null;
      },
    }),
    Object.assign(() => {}, { message: Symbol() }),
    {
      [Symbol.for("Deno.customInspect")]() {
        throw 1;
      },
    },
    Proxy.revocable({}, {}).proxy,
  ];
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  for (const value of [...hostile, revoked.proxy]) {
    assertEquals(typeof textOf(value), "string");
    assertEquals(typeof stackOf(value), "string");
  }
});

Deno.test("a text is bounded", () => {
  const text = textOf(new Error("x".repeat(1_000_000)));
  assertEquals(text.length, ERROR_MESSAGE_MAX_BYTES);
  assert(text.endsWith("…"));
});
