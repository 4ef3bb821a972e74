import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fnv1a, mix32, serverHash } from "./hash.ts";

Deno.test("fnv1a() gives the published values", () => {
  // From the test vectors of http://www.isthe.com/chongo/src/fnv/test_fnv.c
  assertEquals(fnv1a(""), 0x811c9dc5);
  assertEquals(fnv1a("a"), 0xe40c292c);
  assertEquals(fnv1a("foobar"), 0xbf9cf968);
});

Deno.test("fnv1a() hashes the UTF-8 bytes of any string", () => {
  const encoder = new TextEncoder();
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    let expected = 0x811c9dc5;
    for (const byte of encoder.encode(text)) expected = Math.imul(expected ^ byte, 0x01000193);
    assertEquals(fnv1a(text), expected >>> 0);
  }));
  assertEquals(fnv1a("a\ud800"), fnv1a("a\ufffd"));
  assertEquals(fnv1a("\udc00b"), fnv1a("\ufffdb"));
});

Deno.test("serverHash() is never 0, which means no server", () => {
  assertEquals(serverHash("exec-1"), fnv1a("exec-1"));
  assertEquals(fnv1a("exec-d7lGy6"), 0);
  assertEquals(serverHash("exec-d7lGy6"), 1);
});

Deno.test("mix32() turns about half of the output bits for each input bit", () => {
  for (let bit = 0; bit < 32; bit++) {
    let flipped = 0;
    for (let i = 0; i < 1_000; i++) {
      let difference = mix32(i * 7919) ^ mix32((i * 7919) ^ (1 << bit));
      for (; difference !== 0; difference &= difference - 1) flipped++;
    }
    const share = flipped / 32_000;
    assert(share > 0.45 && share < 0.55, `bit ${bit}: ${share}`);
  }
});
