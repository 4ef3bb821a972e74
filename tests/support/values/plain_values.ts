/**
 * Values of the kinds that JSON knows, and their relatives.
 *
 * @module
 */
import { PAYLOAD_DEPTH_MAX } from "../../../limits.ts";
import { changed, equal, refused, type ValueCase } from "./value_case.ts";

/** An object with an own property `__proto__`, and one that looks like what it used to become. */
const underscores = () => JSON.parse('{"__proto__":1,"__proto_":2}');
const object = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`key ${i}`, i]));
const nested = (levels: number, wrap: (value: unknown) => unknown) => {
  let value: unknown = "core";
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
};
const holes = (length: number, ...present: [number, unknown][]) => {
  const array: unknown[] = [];
  for (const [index, value] of present) array[index] = value;
  array.length = length;
  return array;
};
class Point {
  x = 1;
  #secret = 2;
  get sum() {
    return this.x + this.#secret;
  }
  move() {}
}
class Legacy {}
Object.assign(Legacy.prototype, { constructor: Object, inherited: 1, method() {} });

/** The cases. */
export const plainValues: readonly ValueCase[] = [
  ...equal("`undefined`, `null`, `true`, `false`", {
    undefined: () => undefined,
    null: () => null,
    true: () => true,
    false: () => false,
  }),
  ...equal(
    "number",
    Object.fromEntries(
      [
        ...[
          0,
          -0,
          1,
          -1,
          31,
          32,
          127,
          128,
          255,
          256,
          65_535,
          65_536,
          -32,
          -33,
          -128,
          -129,
          -32_768,
        ],
        ...[
          -32_769,
          2 ** 31 - 1,
          2 ** 31,
          -(2 ** 31),
          -(2 ** 31) - 1,
          2 ** 32 - 1,
          2 ** 32,
          2 ** 53,
        ],
        ...[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 53 + 2, 2 ** 63, 2 ** 64, 1e21],
        ...[0.1, -1.5, Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** -1022, Number.MAX_VALUE, NaN],
        ...[Infinity, -Infinity, Math.PI, Number.EPSILON, 1.1e-310],
      ].map((number) => [Object.is(number, -0) ? "-0" : `${number}`, () => number]),
    ),
  ),
  ...equal(
    "`bigint`",
    Object.fromEntries(
      [
        ...[
          0n,
          1n,
          -1n,
          2n ** 53n,
          2n ** 63n - 1n,
          2n ** 63n,
          2n ** 64n - 1n,
          2n ** 64n,
          -(2n ** 63n),
        ],
        ...[
          -(2n ** 63n) - 1n,
          -(2n ** 64n),
          10n ** 40n,
          -(10n ** 77n),
          2n ** 4_099n,
          -(2n ** 65_536n),
        ],
      ].map((
        integer,
      ) => [integer.toString(16).slice(0, 30) + integer.toString(2).length, () => integer]),
    ),
  ),
  ...equal("`bigint`", { "of 1 MiB": () => 2n ** 8_388_608n - 1n }),
  ...refused("`bigint` of more than 1 MiB", {
    "one bit more": [() => 2n ** 8_388_608n, /^ is a bigint of more than 1048576 bytes/],
    "negative": [() => -(2n ** 9_000_000n), /^ is a bigint of more/],
  }),
  ...equal("string", {
    empty: () => "",
    "NUL": () => "a\0b",
    "controls": () => "\x01\x1b[31m\u2028\u202e\x7f\x85",
    "astral": () => "👩‍👩‍👧 𝄞 🦊",
    "U+FEFF alone": () => "\ufeff",
    "U+FEFF in front": () => "\ufeff" + "x".repeat(62),
    "U+FEFF in front of short text": () => "\ufeffab",
    "U+FEFF in front of long text": () => "\ufeff" + "x".repeat(5_000),
    "U+FEFF twice": () => "\ufeff\ufeff",
    "U+FFFE and U+FFFF": () => "\ufffe\uffff",
    "U+FFFD": () => "\ufffd",
    "lone high surrogate": () => "a\ud800",
    "lone low surrogate": () => "\udc00b",
    "surrogates in the wrong order": () => "\udc00\ud800",
    "lone surrogate in long text": () => "x".repeat(100) + "\ud83d" + "y".repeat(100),
    "lone surrogate in 100,000 units": () => "é".repeat(50_000) + "\udfff" + "z".repeat(50_000),
    "as object": () => "[object Object]",
    ...Object.fromEntries(
      [
        1,
        7,
        8,
        9,
        15,
        16,
        30,
        31,
        32,
        33,
        39,
        40,
        41,
        62,
        63,
        64,
        65,
        84,
        85,
        86,
        255,
        256,
        4_096,
        4_097,
      ]
        .flatMap((n) => [
          [`${n} letters`, () => "x".repeat(n)],
          [`${n} × é`, () => "é".repeat(n)],
          [`${n} × €`, () => "€".repeat(n)],
        ]),
    ),
    "65,535 bytes": () => "x".repeat(65_535),
    "65,536 bytes": () => "x".repeat(65_536),
    "65,535 units of two bytes": () => "ü".repeat(65_535),
    "1 MiB": () => "0123456789abcdef".repeat(65_536),
  }),
  ...equal("plain object", {
    empty: () => ({}),
    nested: () => ({ a: { b: { c: [{ d: 1 }] } } }),
    "undefined inside": () => ({ a: undefined, b: [undefined, 1, undefined] }),
    "empty key": () => ({ "": 0 }),
    "keys of every kind": () => ({
      "\ufeffbom": 1,
      "\ud800": 2,
      "a b": 3,
      "é": 4,
      "\0": 5,
      7: 6,
      "-1": 7,
    }),
    "key of 10,000 characters": () => ({ ["k".repeat(10_000)]: 1 }),
    "keys that look alike to a cache": () => ({
      abcdefgh: 1,
      abcdxfgh: 2,
      aBcdefgh: 3,
      abcdefgH: 4,
    }),
    "own __proto__": underscores,
    "own __proto__ with an object": () => JSON.parse('{"__proto__":{"polluted":1}}'),
    "own constructor": () => ({ constructor: "x", prototype: 1 }),
    "own toJSON that is no function": () => ({ toJSON: 1, then: 2, length: 3, valueOf: null }),
    "own hasOwnProperty": () => ({ hasOwnProperty: 1, toString: 2 }),
    "15, 16 and 17 keys": () => [object(15), object(16), object(17)],
    "65,535 keys": () => object(65_535),
    "65,536 keys": () => object(65_536),
    "70,000 keys": () => object(70_000),
    "frozen": () => Object.freeze({ a: Object.freeze([1]) }),
  }),
  ...equal("shared reference", {
    "twice the same": () => {
      const shared = { n: 1 };
      return [shared, shared, { shared }];
    },
  }),
  ...equal("depth up to 512", {
    "512 arrays": () => nested(PAYLOAD_DEPTH_MAX, (value) => [value]),
    "512 objects": () => nested(PAYLOAD_DEPTH_MAX, (inner) => ({ inner })),
    "512 maps": () => nested(PAYLOAD_DEPTH_MAX, (value) => new Map([["k", value]])),
    "512 sets": () => nested(PAYLOAD_DEPTH_MAX, (value) => new Set([value])),
  }),
  ...refused("depth beyond 512", {
    "513 arrays": [
      () => nested(513, (value) => [value]),
      /^(\[0\]){24}…(\[0\]){24} lies deeper than 512/,
    ],
    "100,000 objects": [
      () => nested(100_000, (a) => ({ a })),
      /^(\.a){24}…(\.a){24} lies deeper than 512/,
    ],
    "600 maps": [
      () => nested(600, (v) => new Map([[v, v]])),
      /\.keys\(\)\[0\] lies deeper than 512/,
    ],
    "600 errors": [
      () => nested(600, (cause) => new Error("e", { cause })),
      /\.cause lies deeper than 512/,
    ],
  }),
  ...refused("cycle", {
    "object": [() => {
      const a: Record<string, unknown> = { x: { y: 1 } };
      a.self = { a };
      return a;
    }, /^\.self\.a is input again: a cycle cannot be sent/],
    "array": [() => {
      const a: unknown[] = [1];
      a.push({ b: a });
      return a;
    }, /^\[1\]\.b is input again/],
    "map": [() => {
      const map = new Map<unknown, unknown>([["x", 1]]);
      return map.set("me", [map]);
    }, /^\.get\("me"\)\[0\] is input again/],
    "set": [() => {
      const set = new Set<unknown>();
      return set.add(set);
    }, /^\.values\(\)\[0\] is input again/],
    "error": [() => {
      const error = new Error("e");
      error.cause = { error };
      return error;
    }, /^\.cause\.error is input again/],
    "of 40 objects": [() => {
      const first: Record<string, unknown> = {};
      let last = first;
      for (let i = 0; i < 39; i++) last = last.n = {};
      last.n = first;
      return { first };
    }, /^\.first(\.n){40} is input\.first again/],
  }),
  ...equal("array", {
    empty: () => [],
    "15, 16 and 17 elements": () => [15, 16, 17].map((n) => new Array(n).fill(n)),
    "65,535 elements": () => new Array(65_535).fill(1),
    "65,536 elements": () => new Array(65_536).fill(null),
    "of undefined": () => [undefined, undefined],
  }),
  ...changed("array", {
    "of a class of yours": [() => (class List extends Array {}).from([1, [2]]), () => [1, [2]]],
  }),
  ...equal("array with holes", {
    "a hole alone": () => new Array(1),
    "holes between": () => holes(5, [1, "a"], [3, undefined]),
    "a hole at the end": () => holes(4, [0, 1], [1, 2], [2, 3]),
    "17 elements and a hole": () => {
      const array: unknown[] = new Array(17).fill("x");
      array.length = 20;
      return array;
    },
    "300 elements, then holes": () => {
      const array: unknown[] = new Array(300).fill({ a: 1 });
      delete array[298];
      return [array, 1];
    },
    "70,000 elements and a hole": () => {
      const array: unknown[] = new Array(70_000).fill(0);
      delete array[69_998];
      return array;
    },
    "four thousand million holes": () => holes(4_294_967_295, [4_294_967_294, { last: true }]),
    "three million holes and nothing": () => new Array(3_000_000),
    nested: () => [holes(3, [1, holes(2, [1, 1])]), { h: new Array(2) }],
  }),
  ...changed("array with further properties", {
    "a match": [() => "abc".match(/(b)/), () => ["b", "b"]],
    "a named one": [() => Object.assign([1, 2], { note: "x" }), () => [1, 2]],
  }),
  ...changed("object of a class of yours", {
    "with private state and a getter": [() => new Point(), () => ({ x: 1 })],
    "that extends another": [() =>
      new (class extends Point {
        y = [new Point()];
      })(), () => ({ x: 1, y: [{ x: 1 }] })],
    "without properties": [() => new (class {})(), () => ({})],
    "with toJSON": [() =>
      new (class {
        a = 1;
        toJSON() {
          return "json";
        }
      })(), () => ({ a: 1 })],
    "whose prototype says Object": [
      () => Object.assign(new Legacy(), { own: 1 }),
      () => ({ own: 1 }),
    ],
    "that can be iterated": [() =>
      new (class {
        n = 2;
        *[Symbol.iterator]() {}
      })(), () => ({ n: 2 })],
    "made by Object.create": [
      () => Object.assign(Object.create({ inherited: 1 }), { own: 1 }),
      () => ({ own: 1 }),
    ],
  }),
  ...changed("object without a prototype", {
    empty: [() => Object.create(null), () => ({})],
    full: [() => Object.assign(Object.create(null), { a: [1] }), () => ({ a: [1] })],
  }),
  ...changed("symbol keys, properties that are not enumerable", {
    "symbol": [() => ({ a: 1, [Symbol("s")]: 2, [Symbol.iterator]: 3 }), () => ({ a: 1 })],
    "not enumerable": [
      () => Object.defineProperty({ a: 1 }, "hidden", { value: () => {} }),
      () => ({ a: 1 }),
    ],
  }),
  ...changed("getter", {
    "own": [() => ({
      get now() {
        return { read: 1 };
      },
    }), () => ({ now: { read: 1 } })],
    "that counts": [() => {
      let reads = 0;
      return {
        get reads() {
          return ++reads;
        },
      };
    }, () => ({ reads: 1 })],
    "of an array": [() => Object.defineProperty([1, 2], 0, { get: () => "got" }), () => ["got", 2]],
  }),
  ...changed("proxy of a plain object or an array", {
    object: [() => new Proxy({ a: 1 }, {}), () => ({ a: 1 })],
    array: [() => new Proxy([1, [2]], {}), () => [1, [2]]],
    "that makes things up": [
      () => ({ p: new Proxy({ a: 1, b: 2 }, { get: (_, key) => `the ${String(key)}` }) }),
      () => ({ p: { a: "the a", b: "the b" } }),
    ],
  }),
  ...changed("`arguments`", {
    "of a function": [
      () =>
        (function () {
          return arguments;
          // deno-lint-ignore no-explicit-any -- called with what it does not declare
        } as any)(1, "b"),
      () => ({ 0: 1, 1: "b" }),
    ],
  }),
];
