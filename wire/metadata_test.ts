import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MeshError } from "../errors.ts";
import { METADATA_MAX_BYTES } from "../limits.ts";
import { encodeMetadata, parseMetadata } from "./metadata.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 });

Deno.test("metadata comes back as it went, whatever keys and values it has", () => {
  fc.assert(fc.property(fc.dictionary(text, text), (metadata) => {
    assertEquals(
      Object.entries(parseMetadata(encodeMetadata(metadata))!),
      Object.entries(metadata),
    );
  }));
});

Deno.test("metadata that is no Unicode text is refused, and not changed", () => {
  for (const metadata of [{ a: "x\ud800" }, { "\udc00": "x" }]) {
    const error = assertThrows(() => encodeMetadata(metadata), MeshError, "lone surrogate");
    assertEquals([error.code, error.started], ["INVALID_ARGUMENT", false]);
  }
});

Deno.test("parseMetadata() refuses every cut of a good encoding but those between pairs", () => {
  const whole = encodeMetadata({ a: "1", bc: "23" });
  const parsed = Array.from(
    { length: whole.length + 1 },
    (_, end) => parseMetadata(whole, 0, end) !== undefined ? end : -1,
  ).filter((end) => end >= 0);
  assertEquals(parsed, [0, 6, whole.length]);
});

Deno.test("parseMetadata() never throws on random bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    const metadata = parseMetadata(bytes);
    if (metadata !== undefined) assertEquals(encodeMetadata(metadata).length, bytes.length);
  }));
});

Deno.test("parseMetadata() refuses a key that comes twice and text that is not UTF-8", () => {
  assertEquals(parseMetadata(Uint8Array.of(1, 0, 97, 0, 0, 1, 0, 97, 0, 0)), undefined);
  assertEquals(parseMetadata(Uint8Array.of(1, 0, 0xff, 0, 0)), undefined);
});

Deno.test("encodeMetadata() takes 64 KiB and refuses a byte more with INVALID_ARGUMENT", () => {
  const half = "x".repeat(METADATA_MAX_BYTES / 2 - 5);
  const largest = encodeMetadata({ a: half, b: half });
  assertEquals(largest.length, METADATA_MAX_BYTES);
  assertEquals(parseMetadata(largest), { a: half, b: half });
  const error = assertThrows(() => encodeMetadata({ a: half, b: half + "x" }), MeshError);
  assertEquals([error.code, error.started], ["INVALID_ARGUMENT", false]);
});

Deno.test("encodeMetadata() refuses a value that is no string", () => {
  const wrong = { n: 1 } as unknown as Record<string, string>;
  assertThrows(() => encodeMetadata(wrong), MeshError, 'metadata "n" is a number');
});
