import { assert, assertEquals, assertThrows } from "@std/assert";
import { Packr } from "msgpackr";
import { Buffer } from "node:buffer";
import { decodePayload, EncodedPayload, encodePayload } from "./codec.ts";
import { MeshError } from "../errors.ts";
import { FrameFlag } from "../wire/frame.ts";

function roundTrip(value: unknown): unknown {
  const { bytes: encoded, flags } = encodePayload(value);
  const padded = new Uint8Array(encoded.length + 7);
  padded.set(encoded, 3);
  return decodePayload(padded, 3, 3 + encoded.length, flags);
}

Deno.test("a payload of every kind comes back equal", () => {
  const values: unknown[] = [
    undefined,
    null,
    0,
    -1,
    2 ** 40,
    1.5,
    "ünïcode 🦊",
    true,
    [],
    {},
    [1, [2, [3]]],
    { a: { b: { c: [{ d: 1 }, { d: 2 }] } }, u: undefined },
    new Date(5),
    12n,
    -(2n ** 62n),
    2n ** 200n,
    new Set([1, "x"]),
    new Float32Array([1, 2]),
    new BigInt64Array([3n]),
    { bytes: new Uint8Array([1, 2, 3]) },
  ];
  for (const value of values) assertEquals(roundTrip(value), value);
});

Deno.test("a Map stays a Map, and an object beside it stays an object", () => {
  const value = {
    map: new Map<unknown, unknown>([["k", { x: 1 }], [2, new Map([["y", 3]])]]),
    o: {},
  };
  assertEquals(roundTrip(value), value);
  assertEquals(roundTrip(new Map()), new Map());
});

Deno.test("a bare Uint8Array is not copied when encoded, and is a copy when decoded", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const encoded = encodePayload(bytes);
  assert(encoded.bytes === bytes);
  assertEquals(encoded.flags, FrameFlag.BYTES);
  const decoded = decodePayload(bytes, 0, 3, FrameFlag.BYTES) as Uint8Array;
  bytes[0] = 9;
  assertEquals(decoded, new Uint8Array([1, 2, 3]));
});

Deno.test("what cannot be encoded is INVALID_ARGUMENT, bytes that are no MessagePack are DATA_LOSS", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  for (const value of [cyclic, Symbol("s")]) {
    const error = assertThrows(() => encodePayload(value), MeshError);
    assertEquals(error.code, "INVALID_ARGUMENT");
  }
  const error = assertThrows(() => decodePayload(new Uint8Array([0xdf, 1, 2]), 0, 3, 0), MeshError);
  assertEquals(error.code, "DATA_LOSS");
});

Deno.test("decoding cannot reach Object.prototype", () => {
  const decoded = roundTrip(JSON.parse('{"__proto__":{"polluted":1}}')) as Record<string, unknown>;
  assertEquals(decoded.polluted, undefined);
  assertEquals(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("nothing that is decoded shares memory with what it was decoded from", () => {
  const values: Record<string, { buffer: ArrayBufferLike }> = {
    bytes: new Uint8Array([1, 2, 3]),
    numbers: new Float32Array([1]),
    // What reading a file with node:fs gives.
    buffer: Buffer.from("hello"),
  };
  const encoded = new Uint8Array(encodePayload(values).bytes);
  const decoded = decodePayload(encoded, 0, encoded.length, 0) as typeof values;
  for (const name in values) assert(decoded[name]!.buffer !== encoded.buffer, name);
});

Deno.test("arrays of a class of one's own arrive as what they extend", () => {
  class Hash extends Uint8Array {}
  class Weights extends Float32Array {}
  const buffer = new Uint8Array([0, 0, 0, 0, 0, 0, 0x80, 0x3f, 9]).buffer;
  assertEquals(roundTrip(new Hash(buffer, 6, 3)), new Uint8Array([0x80, 0x3f, 9]));
  assertEquals(roundTrip({ weights: new Weights(buffer, 4, 1) }), {
    weights: new Float32Array([1]),
  });
});

Deno.test("what JSON has is plain MessagePack, as another library reads and writes it", () => {
  const library = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: "bigint" });
  const value = {
    texts: ["", "short", "ünïcode 🦊", "x".repeat(300), "y".repeat(70_000).length],
    numbers: [0, 1, 127, 128, 256, 70_000, -1, -32, -33, -200, -40_000, 1.5, 2 ** 40],
    more: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key ${i}`, [true, null]])),
    big: [2n ** 62n, 2n ** 64n - 1n],
  };
  assertEquals(library.unpack(encodePayload(value).bytes), value);
  const theirs = library.pack(value);
  assertEquals(decodePayload(theirs, 0, theirs.length, 0), value);
  const long = "y".repeat(70_000);
  assert(library.unpack(encodePayload([long]).bytes)[0] === long);
  const theirBytes = library.unpack(encodePayload([new Uint8Array([1, 2, 3])]).bytes)[0];
  const bytes = new Uint8Array(theirBytes);
  assertEquals(bytes, new Uint8Array([1, 2, 3]));
});

Deno.test("who encodes gets the result where it wants it, and each has its own", () => {
  const mine = new EncodedPayload();
  assert(encodePayload(new Uint8Array([7]), "input", 1_000, mine) === mine);
  const yours = encodePayload("text");
  assertEquals([mine.flags, yours.flags], [FrameFlag.BYTES, 0]);
  assertEquals([mine.take(), mine.bytes.length], [new Uint8Array([7]), 0]);
  encodePayload(undefined, "input", 1_000, mine);
  assertEquals([mine.bytes.length, mine.flags], [0, 0]);
});
