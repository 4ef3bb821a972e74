/**
 * Values that cannot be sent, and where the sender is told that they are.
 *
 * @module
 */
import { MeshError } from "../../../errors.ts";
import { refused, type ValueCase } from "./value_case.ts";

const revoked = (target: object) => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const boom = () => {
  throw new Error("boom");
};
const platform: Record<string, () => unknown> = {
  Request: () => new Request("http://a.example/"),
  Response: () => new Response("x"),
  Headers: () => new Headers({ a: "b" }),
  FormData: () => new FormData(),
  URL: () => new URL("http://a.example/"),
  URLSearchParams: () => new URLSearchParams("a=b"),
  URLPattern: () => new URLPattern({}),
  Blob: () => new Blob(["x"]),
  File: () => new File(["x"], "x.txt"),
  ReadableStream: () => new ReadableStream(),
  WritableStream: () => new WritableStream(),
  TransformStream: () => new TransformStream(),
  AbortController: () => new AbortController(),
  AbortSignal: () => new AbortController().signal,
  EventTarget: () => new EventTarget(),
  Event: () => new Event("x"),
  TextEncoder: () => new TextEncoder(),
  TextDecoder: () => new TextDecoder(),
  Crypto: () => crypto,
  SubtleCrypto: () => crypto.subtle,
  "Intl.NumberFormat": () => new Intl.NumberFormat(),
  "WebAssembly.Memory": () => new WebAssembly.Memory({ initial: 1 }),
  "Temporal.Instant": () => Temporal.Instant.fromEpochMilliseconds(0),
  WeakMap: () => new WeakMap(),
  WeakSet: () => new WeakSet(),
  WeakRef: () => new WeakRef({}),
  FinalizationRegistry: () => new FinalizationRegistry(() => {}),
  Window: () => globalThis,
};

/** The cases. */
export const refusedValues: readonly ValueCase[] = [
  ...refused("function, class", {
    arrow: [() => () => 1, /^ is a function$/],
    "in an object": [
      () => ({ items: [0, 1, 2, { onClick() {} }] }),
      /^\.items\[3\]\.onClick is a function$/,
    ],
    async: [() => [async () => {}], /^\[0\] is a function$/],
    generator: [() => [function* () {}], /^\[0\] is a function$/],
    class: [() => ({ Class: class A {} }), /^\.Class is a class$/],
    "built-in": [() => ({ f: Map }), /^\.f is a function$/],
    "proxy of one": [() => new Proxy(() => {}, {}), /^ is a function$/],
    "own toJSON": [() => ({ toJSON: () => 1 }), /^\.toJSON is a function$/],
    "own then": [() => ({ a: { then() {} } }), /^\.a\.then is a function$/],
    "in a map": [() => new Map([["go", [() => {}]]]), /^\.get\("go"\)\[0\] is a function$/],
    "in a map under a number": [() => new Map([[7, () => {}]]), /^\.get\(7\) is a function$/],
    "in a map under an object": [
      () => new Map<unknown, unknown>([[{}, 1], [[], boom]]),
      /^\.values\(\)\[1\] is a function$/,
    ],
    "as key of a map": [
      () => new Map<unknown, unknown>([[1, 1], [boom, 1]]),
      /^\.keys\(\)\[1\] is a function$/,
    ],
    "in a set": [() => new Set([1, boom]), /^\.values\(\)\[1\] is a function$/],
    "as cause": [() => new Error("e", { cause: { boom } }), /^\.cause\.boom is a function$/],
    "among errors": [() => new AggregateError([1, boom]), /^\.errors\[1\] is a function$/],
    "in an array with holes": [() => [, , boom], /^\[2\] is a function$/],
    "under an odd key": [
      () => ({ "a b": { "\u202e": boom } }),
      /^\["a b"\]\[".*"\] is a function$/,
    ],
    "under a long key": [() => ({ ["k".repeat(1e5)]: boom }), /^.{1,80} is a function$/],
    "in an object of a class": [() =>
      new (class {
        handler = () => {};
      })(), /^\.handler is a function$/],
  }),
  ...refused("promise, or another object with a method `then`", {
    promise: [
      () => ({ a: [Promise.resolve(1)] }),
      /^\.a\[0\] is a Promise, .*did you forget await\?$/,
    ],
    "of a class of yours": [
      () => new (class P extends Promise<void> {})(() => {}),
      /did you forget await\?$/,
    ],
    "thenable class": [() =>
      new (class Query {
        then() {}
      })(), /^ has a method then\(\).*did you forget await\?$/],
  }),
  ...refused("iterator, generator", {
    generator: [() => ({ g: (function* () {})() }), /^\.g is an iterator or a generator/],
    "async generator": [() => [(async function* () {})()], /^\[0\] is an iterator or a generator/],
    "of a map": [() => ({ i: new Map().entries() }), /^\.i is an iterator/],
    helper: [() => ({ i: [1].values().map((x) => x) }), /^\.i is an iterator/],
  }),
  ...refused(
    "object of the platform",
    Object.fromEntries(
      Object.entries(platform).map(([name, make]) => [
        name,
        [
          () => ({ it: make() }),
          new RegExp(`^\\.it is an? ${name.replace(".", "\\.")}, which cannot be sent`),
        ],
      ]),
    ),
  ),
  ...refused("object of the platform", {
    "a class that extends it": [
      () => new (class extends EventTarget {})(),
      /^ is an EventTarget, which/,
    ],
  }),
  ...refused("object that only inherits from a built-in class", {
    Map: [() => Object.create(Map.prototype), /^ inherits from Map and is none/],
    Date: [() => ({ d: Object.create(Date.prototype) }), /^\.d inherits from Date/],
    "proxy of a Map": [() => [new Proxy(new Map(), {})], /^\[0\] inherits from Map .* proxy/],
    "proxy of bytes": [() => new Proxy(new Uint8Array(1), {}), /inherits from typed array/],
    "proxy of a Date": [() => new Proxy(new Date(), {}), /inherits from Date/],
    Number: [() => Object.create(Number.prototype), /inherits from Number/],
  }),
  ...refused("revoked proxy", {
    object: [() => ({ p: revoked({}) }), /^\.p threw when it was read: .*revoked/],
    array: [() => [1, revoked([])], /^\[1\] threw when it was read: .*revoked/],
    alone: [() => revoked({}), /^ threw when it was read: .*revoked/],
  }),
  ...refused("value that throws when it is read", {
    getter: [() => ({
      a: {
        get b() {
          return boom();
        },
      },
    }), /^\.a\.b threw when it was read: boom$/],
    "getter of a class": [
      () => Object.defineProperty(new (class {})(), "x", { get: boom, enumerable: true }),
      /^\.x threw when it was read: boom$/,
    ],
    "getter that throws a MeshError": [
      () => ({
        get a() {
          throw new MeshError("UNAVAILABLE", "try again");
        },
      }),
      /^\.a threw when it was read: try again$/,
    ],
    "getter that throws a proxy that throws": [
      () => ({
        get a() {
          const trap = () => boom();
          throw new Proxy({}, { getPrototypeOf: trap, get: trap, has: trap, ownKeys: trap });
        },
      }),
      /^\.a threw when it was read: /,
    ],
    "getter that throws a revoked proxy": [
      () => ({
        get a() {
          throw revoked({});
        },
      }),
      /^\.a threw when it was read: /,
    ],
    "getter that throws nothing": [() => ({
      get a() {
        throw undefined;
      },
    }), /^\.a threw when it was read: undefined$/],
    "getter that throws an object without a prototype": [() => ({
      get a() {
        throw Object.create(null);
      },
    }), /^\.a threw when it was read/],
    "proxy": [() => [new Proxy({}, { ownKeys: boom })], /^\[0\] threw when it was read: boom$/],
    "proxy's prototype": [() => [new Proxy({}, { getPrototypeOf: boom })], /^\[0\] threw .* boom$/],
    "proxy's length": [
      () => new Proxy([], { get: (_, k) => k === "length" ? -1 : 0 }),
      /^ is a proxy of an array with a length/,
    ],
    "message of an error": [
      () => Object.defineProperty(new Error(), "message", { get: boom }),
      /^\.message threw/,
    ],
    "element": [
      () => Object.defineProperty([1], 0, { get: boom, enumerable: true }),
      /^\[0\] threw/,
    ],
    "endless prototypes": [() => {
      const endless: object = new Proxy({}, { getPrototypeOf: () => endless });
      return Object.create(endless);
    }, /^ has too many prototypes$/],
    "that overflows the stack": [() => ({
      get a() {
        const deeper = (): number => deeper() + 1;
        return deeper();
      },
    }), /^\.a threw when it was read: Maximum call stack/],
  }),
];
