/**
 * For tests: values that a function may be given in the place of its options, and that harm whoever looks at them
 * without care.
 *
 * @module
 */

const fail = () => {
  throw new TypeError("a trap");
};

/** An object whose property throws when it is read. */
export function throwing(name: string, rest: object = {}): object {
  return Object.defineProperty({ ...rest }, name, { enumerable: true, get: fail });
}

/** Values of every kind, by what they are; made anew at each call. */
export function hostileValues(): Record<string, unknown> {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  return {
    null: null,
    true: true,
    NaN: NaN,
    "-1": -1,
    "1.5": 1.5,
    Infinity: Infinity,
    "1e300": 1e300,
    bigint: 5n,
    "a text": "text",
    "no text": "",
    "a digit": "5",
    symbol: Symbol("s"),
    function: () => {},
    class: class {},
    list: [1, "a"],
    date: new Date(NaN),
    map: new Map(),
    bytes: new Uint8Array(3),
    "no prototype": Object.create(null),
    cyclic,
    "toString throws": { toString: fail, [Symbol.toPrimitive]: fail },
    "message throws": throwing("message"),
    "inspection throws": { [Symbol.for("Deno.customInspect")]: fail },
    "all traps throw": new Proxy({}, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail }),
    "revoked proxy": revoked.proxy,
    "thenable that throws": throwing("then"),
  };
}
