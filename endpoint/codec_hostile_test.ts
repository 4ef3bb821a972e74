import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { difference } from "../tests/support/values/same.ts";
import { MeshError } from "../errors.ts";
import { FrameFlag } from "../wire/frame.ts";
import { decodePayload, encodePayload } from "./codec.ts";
import { PayloadDecoder } from "./payload/decoder.ts";
import { PayloadEncoder } from "./payload/encoder.ts";

const decode = (bytes: Uint8Array, flags = 0) => decodePayload(bytes, 0, bytes.length, flags);
const roundTrip = (value: unknown) => {
  const { bytes, flags } = encodePayload(value);
  return decode(bytes.slice(), flags);
};

Deno.test("a value that is encoded while another one is being read leaves that one as it is", () => {
  const seen: unknown[] = [];
  const inner = [{ other: "x".repeat(50_000) }, new Uint8Array([7]), new Map([[1, 2]]), undefined];
  const outer = {
    before: "a".repeat(100),
    get within() {
      for (const value of inner) {
        const { bytes, flags } = encodePayload(value);
        seen.push([bytes, flags]);
      }
      return { inner: seen.length };
    },
    after: [1, 2, 3],
    get again() {
      const error = assertThrows(() => encodePayload({ f: () => {} }), MeshError);
      return error.message;
    },
  };
  const { bytes, flags } = encodePayload({ outer, last: true });
  assertEquals(flags, 0);
  assertEquals(decode(bytes), {
    outer: {
      before: "a".repeat(100),
      within: { inner: 4 },
      after: [1, 2, 3],
      again: "input.f is a function",
    },
    last: true,
  });
  // Each of the inner ones has its own result, still there.
  const results = (seen as [Uint8Array, number][]).map(([bytes, flags]) => decode(bytes, flags));
  assertEquals(difference(results, inner), undefined);
  assertEquals(seen.map((one) => (one as [unknown, number])[1]), [0, FrameFlag.BYTES, 0, 0]);
});

Deno.test("a value that encodes itself while it is read is refused inside, and goes out", () => {
  let refused = 0;
  const self = {
    get me(): string {
      try {
        encodePayload(self);
        return "it went";
      } catch (error) {
        assert(error instanceof MeshError, `${error}`);
        assertEquals(error.code, "INVALID_ARGUMENT");
        refused++;
        return "refused";
      }
    },
  };
  const arrived = roundTrip(self) as { me: string };
  assert(arrived.me === "it went" || arrived.me === "refused");
  assertEquals(refused, 1, "the innermost one finds no more stack");
});

Deno.test("a value that changes while it is read arrives as it was read", () => {
  const growing = new Map<unknown, unknown>();
  growing.set("a", {
    get x() {
      growing.set("b", 1);
      return growing.size;
    },
  });
  const shrinking: unknown[] = [
    {
      get x() {
        shrinking.length = 1;
        return 1;
      },
    },
    2,
    3,
  ];
  const losing: Record<string, unknown> = {
    get a() {
      delete losing.b;
      losing.c = 1;
      return 1;
    },
    b: 2,
  };
  const set = new Set<unknown>();
  set.add({
    get x() {
      set.add({ more: 1 });
      return 1;
    },
  });
  assertEquals(roundTrip(growing), new Map([["a", { x: 2 }]]));
  assertEquals(difference(roundTrip(shrinking), [{ x: 1 }, , ,]), undefined);
  assertEquals(roundTrip(losing), { a: 1 });
  assertEquals(roundTrip(set), new Set([{ x: 1 }]));
});

Deno.test("small values that unfold into large ones end at the bound of a message", () => {
  let laughs: unknown = "ha";
  for (let i = 0; i < 40; i++) laughs = [laughs, laughs];
  const values = {
    laughs,
    text: Array(1_000).fill("x".repeat(100_000)),
    bytes: Array(1_000).fill(new Uint8Array(100_000)),
    proxy: new Proxy([], { get: (_, key) => key === "length" ? 2 ** 32 - 1 : 1 }),
  };
  for (const [name, value] of Object.entries(values)) {
    const error = assertThrows(
      () => encodePayload({ deep: [value] }, "reply", 1_000_000),
      MeshError,
    );
    assertEquals([error.code, error.started], ["RESOURCE_EXHAUSTED", true], name);
    assertStringIncludes(error.message, "1000000 bytes");
    assert(error.message.startsWith("reply.deep[0]"), error.message);
  }
  assertEquals(roundTrip({ small: 1 }), { small: 1 });
});

Deno.test("an overflow of the stack, wherever it comes, is refused and leaves the codec as it was", () => {
  const deep = () => {
    let value: unknown = 1;
    for (let i = 0; i < 500; i++) value = { v: [value] };
    return value;
  };
  let seen: unknown;
  const fall = (): void => {
    try {
      fall();
    } catch {
      // Near the end of the stack: every place in the codec is tried on the way up.
      try {
        encodePayload({ list: [new Map([["k", [1, 2, { a: "x".repeat(100) }]]])] });
      } catch (error) {
        seen = error;
      }
    }
  };
  fall();
  assert(seen === undefined || seen instanceof Error);
  assertThrows(() => encodePayload(deep()), MeshError, "deeper than 512");
  for (let i = 0; i < 1_000; i++) assertEquals(roundTrip({ i, list: [i] }), { i, list: [i] });
});

Deno.test("what user code does to the built-in classes does not reach the codec", () => {
  const value = {
    map: new Map([["k", new Set([1])]]),
    date: new Date(5),
    bytes: new Uint8Array([1]),
    regExp: /a/g,
    list: [1, , 2],
  };
  const places = [
    [Map.prototype, "forEach"],
    [Set.prototype, "forEach"],
    [Date.prototype, "getTime"],
    [DataView.prototype, "byteLength"],
    [RegExp.prototype, "source"],
    [RegExp.prototype, "flags"],
    [Function.prototype, "toString"],
  ] as const;
  const kept = places.map(([object, name]) => Object.getOwnPropertyDescriptor(object, name)!);
  let arrived: unknown;
  try {
    for (const [object, name] of places) {
      Object.defineProperty(object, name, {
        configurable: true,
        get: () => {
          throw new Error("changed");
        },
      });
    }
    Object.defineProperty(Object.prototype, "inherited", {
      value: () => {},
      enumerable: true,
      configurable: true,
    });
    arrived = roundTrip(value);
  } finally {
    places.forEach(([object, name], i) => Object.defineProperty(object, name, kept[i]!));
    delete (Object.prototype as Record<string, unknown>).inherited;
  }
  assertEquals(difference(arrived, value), undefined);
});

Deno.test("bytes of a stranger that are no value are DATA_LOSS, quickly, whatever they announce", () => {
  const ext = (type: number, ...content: number[]) => [0xc7, content.length, type, ...content];
  const hostile: Record<string, number[]> = {
    "array of 4 G": [0xdd, 0xff, 0xff, 0xff, 0xff],
    "map of 4 G": [0xdf, 0xff, 0xff, 0xff, 0xff],
    "text of 4 G": [0xdb, 0xff, 0xff, 0xff, 0xff],
    "bytes of 4 G": [0xc6, 0xff, 0xff, 0xff, 0xff],
    "extension of 4 G": [0xc9, 0xff, 0xff, 0xff, 0xff, 0x6d],
    "nested arrays that each announce the rest": Array(1_000).fill([0xdc, 0x03, 0x00]).flat(),
    "100,000 levels": Array(100_000).fill(0x91),
    "100,000 extensions": Array(3_000).fill([0xc7, 0xff, 0x6d]).flat(),
    "two values": [1, 2],
    "byte 0xc1": [0xc1],
    "text that is no UTF-8": [0xa2, 0xc3, 0x28],
    "text with an encoded surrogate": [0xa3, 0xed, 0xa0, 0x80],
    "long text that is no UTF-8": [0xd9, 50, ...Array(49).fill(0x61), 0xff],
    "key that is no text": [0x81, 1, 2],
    "unknown extension": ext(5, 1),
    "record of msgpackr": [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1],
    "undefined of two bytes": [0xd5, 0, 0, 0],
    "map without a value": ext(0x6d, 0x91, 1),
    "map of no array": ext(0x6d, 1),
    "extension longer than its content": ext(0x73, 0x90, 0xc0),
    "extension shorter than its content": [0xc7, 1, 0x73, 0x91, 1],
    "wrong RegExp": ext(0x78, 0xa1, 0x28, 0xa0),
    "wrong flags": ext(0x78, 0xa1, 0x61, 0xa1, 0x7a),
    "unknown error": ext(0x65, 0xa1, 0x78, 0x80),
    "error without properties": ext(0x65, 0xa5, ...new TextEncoder().encode("Error"), 0x90),
    "sparse array of nothing": ext(0x61, 0, 0, 0, 0, 0x90, 0x90),
    "index beyond its array": ext(0x61, 0, 0, 0, 2, 0x90, 0x92, 7, 1),
    "index that goes back": ext(0x61, 0, 0, 0, 9, 0x90, 0x94, 5, 1, 4, 1),
    "index that is none": ext(0x61, 0, 0, 0, 9, 0x90, 0x92, 0xa1, 0x31, 1),
    "floats of 3 bytes": ext(0x74, 7, 1, 2, 3),
    "binary of an unknown class": ext(0x74, 99, 1),
    "boxed object": ext(0x62, 0x80),
    "half a unit": ext(0x75, 1),
    "integer with another sign": ext(0x6e, 2, 1),
    "short date": ext(0x64, 1, 2),
  };
  for (const [name, bytes] of Object.entries(hostile)) {
    const error = assertThrows(() => decode(new Uint8Array(bytes)), MeshError, undefined, name);
    assertEquals(error.code, "DATA_LOSS", name);
    assertEquals(roundTrip({ name }), { name });
  }
});

Deno.test("a program that freezes its prototypes, or adds setters to them, gets its values all the same", async () => {
  const code = `
import { decodePayload, encodePayload } from ${JSON.stringify(import.meta.resolve("./codec.ts"))};
const sent = { constructor: 1, toString: 2, valueOf: 3, mine: 4, list: [new Map([[1, new Set([2])]])] };
const bytes = encodePayload(sent).bytes.slice();
Object.defineProperty(Object.prototype, "mine", { set() { throw new Error("setter"); } });
for (const Class of [Object, Array, Map, Set, Date, Uint8Array, Error]) Object.freeze(Class.prototype);
const there = encodePayload(sent).bytes;
if (there.toHex() !== bytes.toHex()) throw new Error("other bytes");
const { list, ...rest } = decodePayload(bytes, 0, bytes.length, 0);
console.log(JSON.stringify(rest), list[0].get(1).has(2));`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--no-config", "--ext=js", code],
  }).output();
  const [said, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(said, '{"constructor":1,"toString":2,"valueOf":3,"mine":4} true\n', failed);
});

Deno.test("a large value leaves no large buffer behind", () => {
  const encoder = new PayloadEncoder();
  const decoder = new PayloadDecoder();
  const bytes = encoder.encode(["x".repeat(3_000_000)], "input", 16_000_000);
  assertEquals(bytes.length, 3_000_006);
  decoder.decode(bytes, 0, bytes.length);
  assert(encoder.bytes.length < 100_000 && decoder.bytes.length === 0);
});

Deno.test("decoding never reaches a prototype", () => {
  const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  const error = Object.assign(new Error("e"), JSON.parse(text));
  for (const value of [JSON.parse(text), { error }]) {
    const arrived = roundTrip(value) as Record<string, unknown>;
    assertEquals(arrived.polluted, undefined);
    assertEquals(Object.getPrototypeOf(arrived), Object.prototype);
  }
  assertEquals(({} as Record<string, unknown>).polluted, undefined);
});
