/**
 * Values that user code may throw, return, yield, log or pass as an option, and that hurt whoever looks at them
 * carelessly. Loaded by services of tests, too: it imports nothing.
 *
 * @module
 */

const trap = () => {
  throw new Error("a trap of a proxy");
};
const everyTrap = Object.fromEntries(
  [
    "get",
    "has",
    "ownKeys",
    "getPrototypeOf",
    "getOwnPropertyDescriptor",
    "set",
    "deleteProperty",
    "isExtensible",
    "apply",
    "construct",
  ].map((name) => [name, trap]),
);

function deep(levels: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

function cycle(): unknown {
  const value: Record<string, unknown> = { name: "cycle" };
  value.self = value;
  return value;
}

function lockedStream(): ReadableStream {
  const stream = new ReadableStream({ start: (controller) => controller.enqueue(1) });
  stream.getReader();
  return stream;
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(64);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** Name → makes the value. */
export const HOSTILE: Readonly<Record<string, () => unknown>> = {
  "nothing": () => undefined,
  "null": () => null,
  "an object without a prototype": () => Object.create(null),
  "a symbol": () => Symbol("s"),
  "a registered symbol": () => Symbol.for("nodejs.util.inspect.custom"),
  "a function": () => () => {},
  "a class": () => class {},
  "a bigint of 4,000 digits": () => 10n ** 4_000n,
  "a proxy whose traps throw": () => new Proxy({}, everyTrap),
  "a function behind such a proxy": () => new Proxy(() => {}, everyTrap),
  "a revoked proxy": revoked,
  "a cycle": cycle,
  "a map that holds itself": () => {
    const map = new Map<unknown, unknown>();
    return map.set("self", map).set(map, 1);
  },
  "100,000 arrays in each other": () => deep(100_000),
  "a message that throws": () => ({
    get message() {
      throw Object.create(null);
    },
  }),
  "a toString that throws": () => ({
    toString() {
      throw new Error("toString");
    },
    [Symbol.toPrimitive]() {
      throw new Error("toPrimitive");
    },
  }),
  "a toStringTag that throws": () => ({
    get [Symbol.toStringTag]() {
      throw new Error("toStringTag");
    },
  }),
  "a toJSON that throws": () => ({
    toJSON() {
      throw new Error("toJSON");
    },
  }),
  "an inspector that throws": () => ({
    [Symbol.for("Deno.customInspect")]() {
      throw new Error("customInspect");
    },
    [Symbol.for("nodejs.util.inspect.custom")]() {
      throw new Error("inspect");
    },
  }),
  "a constructor that throws": () => ({
    get constructor() {
      throw new Error("constructor");
    },
  }),
  "an error with a stack that throws": () =>
    Object.defineProperty(new Error("odd stack"), "stack", { get: trap }),
  "an error with a name that throws": () =>
    Object.defineProperty(new Error("odd name"), "name", { get: trap }),
  "an error that causes itself": () => {
    const error = new Error("its own cause");
    error.cause = error;
    return error;
  },
  "an error with a message of a million characters": () => new Error("x".repeat(1_000_000)),
  "an AggregateError of odd things": () =>
    new AggregateError([Object.create(null), revoked(), undefined], "several"),
  "what pretends to be a MeshError": () =>
    Object.assign(new Error("pretends"), { name: "MeshError", code: "NO_SUCH_CODE" }),
  "a MeshError's twin with odd fields": () =>
    Object.defineProperties(Object.assign(new Error("twin"), { name: "MeshError" }), {
      code: { value: "NOT_FOUND" },
      metadata: { get: trap },
      started: { get: trap },
    }),
  "a then that throws": () => ({
    then() {
      throw Object.create(null);
    },
  }),
  "a then that cannot be read": () => ({
    get then() {
      throw new Error("then");
    },
  }),
  "a then that calls back twice": () => ({
    then(resolve: (value: unknown) => void, reject: (reason: unknown) => void) {
      resolve(1);
      resolve(2);
      reject(3);
    },
  }),
  "a then that gives such a then": () => ({
    then(resolve: (value: unknown) => void) {
      resolve({
        then() {
          throw null;
        },
      });
    },
  }),
  "a locked stream": lockedStream,
  "a stream that fails": () =>
    new ReadableStream({
      pull() {
        throw Object.create(null);
      },
    }),
  "a stream of odd things": () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(Symbol("item"));
        controller.close();
      },
    }),
  "an async iterable whose iterator is no object": () => ({ [Symbol.asyncIterator]: () => 5 }),
  "an async iterable that throws": () => ({ [Symbol.asyncIterator]: trap }),
  "an async iterator that gives no objects": () => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(5) }),
  }),
  "an async iterator without next": () => ({ [Symbol.asyncIterator]: () => ({}) }),
  "an async iterator whose items cannot be read": () => ({
    [Symbol.asyncIterator]: () => ({
      next: () => ({
        get done() {
          throw Object.create(null);
        },
      }),
      return() {
        throw new Error("return");
      },
    }),
  }),
  "what pretends to be a generator": () => ({ [Symbol.toStringTag]: "Generator" }),
  "bytes of another length than they say": () =>
    Object.defineProperty(new Uint8Array(8), "length", { value: 100_000 }),
  "bytes that are gone": detached,
  "a response": () => new Response("x"),
  "a response that was read": () => {
    const response = new Response("x");
    void response.text();
    return response;
  },
  "a weak map": () => new WeakMap(),
  "a getter that throws": () => ({
    a: {
      get b() {
        throw Object.create(null);
      },
    },
  }),
  "a date that is none": () => new Date(NaN),
  "an array with holes and a getter": () => Object.defineProperty([1, , 3], 1, { get: trap }),
};
