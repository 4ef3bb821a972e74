import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { difference } from "../tests/support/values/same.ts";
import { VALUES } from "../tests/support/values/all.ts";
import { MeshError } from "../errors.ts";
import { decodePayload, encodePayload } from "./codec.ts";

const seed = Number(
  Deno.env.get("MESH_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0],
) | 0;
console.log(`MESH_TEST_SEED=${seed}`);

function roundTrip(value: unknown): unknown {
  const { bytes, flags } = encodePayload(value);
  return decodePayload(bytes.slice(), 0, bytes.length, flags);
}

/** Text of any UTF-16 units, also such that is no Unicode. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom("__proto__", "\ufeff", "constructor", "then", "", "toJSON"),
);

const bytes = fc.uint8Array({ maxLength: 40 });
const leaf = fc.oneof(
  text,
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(undefined, null, true, false, -0, 2 ** 32, 2 ** 53),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.date({ noInvalidDate: false }),
  bytes,
  bytes.map((data) => new Float32Array(new Uint8Array(data.length & ~3).buffer)),
  bytes.map((data) => new Int16Array(data)),
  bytes.map((data) => new DataView(data.slice().buffer)),
  bytes.map((data) => data.slice().buffer),
  fc.constantFrom(/a/g, /[/\n]/u, Object(1), Object("boxed"), Object(false)),
);

const { any } = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("any"), { maxLength: 8 }),
    fc.sparseArray(tie("any"), { maxNumElements: 5, maxLength: 40 }),
    fc.array(fc.tuple(text, tie("any")), { maxLength: 8 }).map((entries) => {
      const object = {};
      for (const [key, value] of entries) {
        Object.defineProperty(object, key, {
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      return object;
    }),
    fc.array(fc.tuple(tie("any"), tie("any")), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(tie("any"), { maxLength: 4 }).map((members) => new Set(members)),
    fc.tuple(text, tie("any"), fc.constantFrom(Error, TypeError, URIError)).map((
      [message, cause, Class],
    ) => new Class(message, { cause })),
  ),
}));

Deno.test("any value comes back as structuredClone() gives it", () => {
  fc.assert(
    fc.property(any, (value) => {
      assertEquals(difference(roundTrip(value), structuredClone(value)), undefined);
    }),
    { seed, numRuns: 3_000 },
  );
});

const good = fc.constantFrom(...VALUES.filter(({ refused }) => refused === undefined));
const bad = fc.constantFrom(
  ...VALUES.filter(({ kind, refused }) => refused && !kind.startsWith("depth")),
);
/** Puts values side by side, one level deeper. */
const wrappers: ((values: unknown[]) => unknown)[] = [
  (values) => values,
  (values) => Object.fromEntries(values.map((value, i) => [`k${i}`, value])),
  (values) => new Map(values.map((value, i) => [i, value])),
  (values) => new Set(values),
  (values) => new AggregateError(values, "all"),
  (values) => [, ...values],
];
const layers = fc.array(fc.constantFrom(...wrappers), { minLength: 1, maxLength: 6 });
const small = (length: number) =>
  fc.array(good, { maxLength: length })
    .filter((cases) =>
      cases.every(({ kind, name }) => !/depth|MiB|million|,000/.test(kind + name))
    );

Deno.test("named values in any company arrive as they do alone", () => {
  fc.assert(
    fc.property(small(6), layers, (cases, layers) => {
      const wrap = (values: unknown[]) =>
        layers.reduce<unknown>((value, layer) => layer([value]), layers[0]!(values));
      const sent = wrap(cases.map(({ make }) => make()));
      const expected = wrap(cases.map(({ make, as = make }) => as()));
      assertEquals(difference(roundTrip(sent), expected), undefined);
    }),
    { seed, numRuns: 500 },
  );
});

Deno.test("one value that is refused has the whole refused, and nothing else", () => {
  fc.assert(
    fc.property(small(4), bad, small(4), layers, (before, bad, after, layers) => {
      const values = [...before, bad, ...after].map(({ make }) => make());
      const sent = layers.reduce<unknown>((value, layer) => layer([value]), layers[0]!(values));
      let seen: unknown;
      try {
        encodePayload(sent);
      } catch (error) {
        seen = error;
      }
      assert(seen instanceof MeshError, `no MeshError: ${Deno.inspect(seen)}`);
      assertEquals(seen.code, "INVALID_ARGUMENT");
      const ordinary = { still: ["here", 1] };
      assertEquals(difference(roundTrip(ordinary), ordinary), undefined);
    }),
    { seed, numRuns: 500 },
  );
});
