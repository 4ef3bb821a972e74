/**
 * Values of the language's built-in classes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { runInNewContext } from "node:vm";
import { changed, equal, refused, type ValueCase } from "./value_case.ts";

const bytes = (...values: number[]) => new Uint8Array(values);
const buffer = () => new Uint8Array([0, 0, 0, 0, 0, 0, 0x80, 0x3f, 9, 0, 0, 0, 0, 0, 0, 0]).buffer;
const detached = () => {
  const gone = new ArrayBuffer(8);
  const views = [new Uint8Array(gone, 2), new DataView(gone), new Float32Array(gone)] as const;
  gone.transfer();
  return { gone, views };
};
const resizable = () => {
  const grown = new ArrayBuffer(4, { maxByteLength: 64 });
  new Uint8Array(grown).set([1, 2, 3, 4]);
  return grown;
};
const shared = () => {
  const view = new Uint8Array(new SharedArrayBuffer(4), 1, 2);
  view.set([5, 6]);
  return view;
};
class MyMap extends Map<unknown, unknown> {
  extra = 1;
  override *[Symbol.iterator](): MapIterator<[unknown, unknown]> {
    yield ["not", "me"];
  }
}
class MyError extends RangeError {
  override name = "MyError";
  constructor(message: string, readonly code: number) {
    super(message);
  }
}
const withStack = <T extends Error>(error: T) => Object.assign(error, { stack: "hidden" });
const named = (error: Error, name: string) =>
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });

/** Another realm, with built-in classes of its own. */
const foreign = (code: string) => runInNewContext(code);

/** The cases. */
export const builtInValues: readonly ValueCase[] = [
  ...equal(
    "`Date`",
    Object.fromEntries(
      [
        0,
        1,
        -1,
        5,
        999,
        -999,
        1_764_000_000_123,
        4_294_967_296_000,
        -62_135_596_800_000,
        8.64e15,
        -8.64e15,
        NaN,
      ]
        .map((time) => [`${time}`, () => new Date(time)]),
    ),
  ),
  ...changed("`Date`", {
    "of a class of yours": [() => new (class Day extends Date {})(7), () => new Date(7)],
    "with a property": [() => Object.assign(new Date(7), { zone: "CET" }), () => new Date(7)],
  }),
  ...equal("`RegExp`", {
    "all flags": () => /a(?<n>b)\/[\]/]/dgimsuy,
    "v": () => /[\p{L}--[a-z]]/v,
    "empty": () => new RegExp(""),
    "of text": () => ({ r: [/\ud83d/, /\n\//g] }),
  }),
  ...changed("`RegExp`", {
    "lastIndex": [() => Object.assign(/a/g, { lastIndex: 3 }), () => /a/g],
    "own flags": [() => Object.defineProperty(/a/i, "flags", { value: "zz" }), () => /a/i],
    "own exec": [() => Object.assign(/a/, { exec: null }), () => /a/],
  }),
  ...equal("error", {
    "Error": () => new Error("failed"),
    "without a message": () => new TypeError(),
    "empty message": () => new Error(""),
    ...Object.fromEntries(
      [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Class) => [
        Class.name,
        () => new Class(`a ${Class.name}`, { cause: { n: 1 } }),
      ]),
    ),
    "causes": () => new Error("1", { cause: new RangeError("2", { cause: new TypeError("3") }) }),
    "cause undefined": () => new Error("x", { cause: undefined }),
    "AggregateError": () => new AggregateError([new Error("a"), "b", 3], "all", { cause: 1 }),
    "empty AggregateError": () => new AggregateError([]),
    "SuppressedError": () => new SuppressedError(new Error("new"), "old", "both"),
    "with properties": () => Object.assign(new Error("no file"), { code: "ENOENT", errno: -2 }),
    "with another name": () => named(new Error("x"), "Custom"),
    "inside": () => ({ list: [new Error("e")] }),
    "DOMException": () => new DOMException("it was aborted", "AbortError"),
    "reason of a signal": () => AbortSignal.abort().reason,
  }),
  ...changed("error", {
    "of a class of yours": [
      () => new MyError("far", 7),
      () => Object.assign(named(new RangeError("far"), "MyError"), { code: 7 }),
    ],
    "of the old kind": [
      () => {
        const Old = function () {} as unknown as new () => Error;
        Old.prototype = Object.create(Error.prototype);
        return Object.assign(new Old(), { message: "old" });
      },
      () => new Error("old"),
    ],
    "with its own stack": [() => withStack(new Error("s")), () => new Error("s")],
    "whose message is a number": [
      () => Object.defineProperty(new Error("x"), "message", { value: 5 }),
      () => Object.defineProperty(new Error("x"), "message", { value: 5 }),
    ],
  }),
  ...equal("`Map`", {
    empty: () => new Map(),
    "keys of any kind": () =>
      new Map<unknown, unknown>([
        ...([[1, "a"], ["1", "b"], [null, 0], [undefined, 1], [NaN, 2], [true, 3], [
          5n,
          4,
        ]] as const),
        ...([[{ k: 1 }, []], [[1], {}], [new Date(0), 5], [
          new Map([[1, 2]]),
          new Set([3]),
        ]] as const),
      ]),
    "beside an object": () => ({ map: new Map([["k", { plain: [1] }]]), plain: { k: 1 } }),
    "20 entries": () => new Map(Array.from({ length: 20 }, (_, i) => [`k${i}`, i])),
    "undefined inside": () => new Map([["a", undefined]]),
    "own __proto__": () => new Map([["__proto__", { __proto: 1 }]]),
    "70,000 entries": () => new Map(Array.from({ length: 70_000 }, (_, i) => [i, i])),
  }),
  ...changed("`Map`", {
    "of a class of yours": [() => new MyMap([["a", { b: 1 }]]), () => new Map([["a", { b: 1 }]])],
    "with properties": [
      () => Object.assign(new Map([[1, 2]]), { size_: 1 }),
      () => new Map([[1, 2]]),
    ],
  }),
  ...equal("`Set`", {
    empty: () => new Set(),
    "of any kind": () => new Set<unknown>([1, "1", null, undefined, NaN, [1], { a: new Set([2]) }]),
    "70,000 members": () => new Set(Array.from({ length: 70_000 }, (_, i) => i)),
  }),
  ...changed("`Set`", {
    "of a class of yours": [() => new (class Tags extends Set {})(["a"]), () => new Set(["a"])],
  }),
  ...equal("`Uint8Array`", {
    empty: () => bytes(),
    inside: () => ({
      bytes: bytes(1, 2, 3),
      more: [bytes(), new Uint8Array(300), new Uint8Array(70_000)],
    }),
    alone: () => bytes(0, 255, 128),
  }),
  ...changed("`Uint8Array`", {
    "with an offset": [
      () => ({ a: new Uint8Array(buffer(), 6, 3) }),
      () => ({ a: bytes(0x80, 0x3f, 9) }),
    ],
    "alone with an offset": [() => new Uint8Array(buffer(), 6, 3), () => bytes(0x80, 0x3f, 9)],
    "`Buffer`": [() => ({ b: Buffer.from("née") }), () => ({ b: new TextEncoder().encode("née") })],
    "`Buffer` alone": [() => Buffer.from("née"), () => new TextEncoder().encode("née")],
    "of a class of yours": [() => new (class Hash extends Uint8Array {})(2), () => bytes(0, 0)],
    "with an own length": [
      () => Object.defineProperty(bytes(1, 2), "length", { value: 99 }),
      () => bytes(1, 2),
    ],
    "with an own subarray": [
      () => Object.assign(bytes(3), { subarray: () => bytes(9, 9) }),
      () => bytes(3),
    ],
    "of shared memory": [() => ({ s: shared() }), () => ({ s: bytes(5, 6) })],
    "of shared memory, alone": [shared, () => bytes(5, 6)],
    "of a resizable buffer": [
      () => ({ r: new Uint8Array(resizable(), 1) }),
      () => ({ r: bytes(2, 3, 4) }),
    ],
  }),
  ...equal("other typed arrays, `DataView`", {
    "Int8Array": () => new Int8Array([-1, 127]),
    "Uint8ClampedArray": () => new Uint8ClampedArray([0, 255]),
    "Int16Array": () => new Int16Array([-1, 32_767]),
    "Uint16Array": () => new Uint16Array([0, 65_535]),
    "Int32Array": () => new Int32Array([-1, 2 ** 31 - 1]),
    "Uint32Array": () => new Uint32Array([2 ** 32 - 1]),
    "Float16Array": () => new Float16Array([1.5, NaN, -0]),
    "Float32Array": () => new Float32Array([1.5, -0, Infinity]),
    "Float64Array": () => new Float64Array([0.1, NaN]),
    "BigInt64Array": () => new BigInt64Array([-1n, 2n ** 62n]),
    "BigUint64Array": () => new BigUint64Array([2n ** 64n - 1n]),
    "DataView": () => new DataView(bytes(1, 2, 3).buffer),
    "empty": () => [new Float64Array(), new DataView(new ArrayBuffer(0))],
    "large": () => new Float64Array(10_000).fill(0.5),
  }),
  ...changed("other typed arrays, `DataView`", {
    "with an offset": [() => new Float32Array(buffer(), 4, 1), () => new Float32Array([1])],
    "DataView with an offset": [
      () => new DataView(buffer(), 7, 2),
      () => new DataView(bytes(0x3f, 9).buffer),
    ],
    "of a class of yours": [
      () => new (class Weights extends Float32Array {})([1.5]),
      () => new Float32Array([1.5]),
    ],
  }),
  ...equal("`ArrayBuffer`", {
    empty: () => new ArrayBuffer(0),
    full: () => bytes(1, 2, 3).buffer,
    inside: () => ({ data: new ArrayBuffer(70_000) }),
  }),
  ...changed("`ArrayBuffer`", {
    resizable: [resizable, () => bytes(1, 2, 3, 4).buffer],
  }),
  ...refused("detached buffer", {
    "that goes while it is read": [() => {
      const going = new Uint8Array(8);
      return {
        get first() {
          going.buffer.transfer();
          return 1;
        },
        going,
      };
    }, /^\.going is a view of a detached/],
    buffer: [() => detached().gone, /^ is a detached ArrayBuffer/],
    "array, alone": [() => detached().views[0], /^ is a view of a detached/],
    array: [() => ({ a: detached().views[2] }), /^\.a is a view of a detached/],
    "DataView": [() => [detached().views[1]], /^\[0\] is a view of a detached/],
    "view beyond a shrunken buffer": [() => {
      const shrunken = resizable();
      const view = new Uint8Array(shrunken, 3);
      shrunken.resize(1);
      return [view];
    }, /^\[0\] is a view of a detached or shrunken/],
  }),
  ...refused("`SharedArrayBuffer`", {
    alone: [() => new SharedArrayBuffer(4), /^ is a SharedArrayBuffer, which cannot be sent/],
  }),
  ...changed("`Map`", {
    "of another realm": [
      () => foreign("new Map([[{ a: 1 }, [new Set([1]), new Date(5), new Uint8Array([1])]]])"),
      () => new Map([[{ a: 1 }, [new Set([1]), new Date(5), bytes(1)]]]),
    ],
  }),
  ...changed("error", {
    "of another realm": [
      () => foreign("new (class E extends TypeError {})('far', { cause: Object(1) })"),
      () => new TypeError("far", { cause: Object(1) }),
    ],
  }),
  ...refused("promise, or another object with a method `then`", {
    "of another realm": [() => [foreign("Promise.resolve()")], /^\[0\] is a Promise/],
  }),
  ...equal("boxed primitive", {
    "Number": () => Object(5),
    "NaN": () => Object(NaN),
    "String": () => Object("text"),
    "Boolean": () => [Object(false), Object(true)],
    "BigInt": () => ({ b: Object(2n ** 70n) }),
  }),
  ...refused("symbol", {
    symbol: [() => Symbol("s"), /^ is a symbol/],
    registered: [() => [Symbol.for("s")], /^\[0\] is a symbol/],
    "boxed": [() => ({ s: Object(Symbol("s")) }), /^\.s is a Symbol, which cannot be sent/],
    "as key": [() => new Map([[Symbol("k"), 1]]), /^\.keys\(\)\[0\] is a symbol/],
    "boxed by a class": [() => new Set([Symbol.iterator]), /^\.values\(\)\[0\] is a symbol/],
  }),
];
