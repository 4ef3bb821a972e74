import { assertEquals, assertThrows } from "@std/assert";
import { Lru } from "./lru.ts";

Deno.test("a full Lru drops the entry that was not used for longest", () => {
  const lru = new Lru<string, number>(2);
  lru.set("a", 1);
  lru.set("b", 2);
  assertEquals(lru.get("a"), 1);
  lru.set("c", 3);
  assertEquals([lru.get("a"), lru.get("b"), lru.get("c")], [1, undefined, 3]);
});

Deno.test("an Lru never grows beyond its capacity", () => {
  const lru = new Lru<number, number>(10);
  for (let i = 0; i < 1_000; i++) lru.set(i % 37, i);
  assertEquals(lru.size, 10);
});

Deno.test("setting a key again replaces its value and makes it the newest", () => {
  const lru = new Lru<string, number>(2);
  lru.set("a", 1);
  lru.set("b", 2);
  lru.set("a", 3);
  lru.set("c", 4);
  assertEquals([lru.get("a"), lru.get("b")], [3, undefined]);
});

Deno.test("an Lru without room for one entry is refused", () => {
  assertThrows(() => new Lru(0), RangeError);
  assertThrows(() => new Lru(NaN), RangeError);
});
