import { assert, assertEquals } from "@std/assert";
import { StreamMap, StreamTable } from "./stream_table.ts";

Deno.test("StreamTable gives an index again under another id", () => {
  const table = new StreamTable<string>();
  const first = table.add("first");
  table.remove(first);
  const second = table.add("second");
  const other = new StreamMap<string>();
  other.set(first, "first");
  assert(other.isTaken(second));
  assert(second !== first);
  assertEquals(table.get(first), undefined);
  assertEquals(table.get(second), "second");
  assertEquals(table.size, 1);
});

Deno.test("StreamTable ids stay unsigned 32-bit numbers after thousands of reuses", () => {
  const table = new StreamTable<number>();
  const seen = new Set<number>();
  for (let i = 0; i < 4_096; i++) {
    const id = table.add(i);
    assert(id >= 0 && id <= 0xffff_ffff);
    seen.add(id);
    table.remove(id);
  }
  assertEquals(seen.size, 4_096);
});

Deno.test("StreamTable walks what is there, also while it is changed", () => {
  const table = new StreamTable<number>();
  const ids = [1, 2, 3].map((n) => table.add(n));
  const walked: number[] = [];
  for (const n of table.values()) {
    walked.push(n);
    if (n === 1) table.remove(ids[1]!);
  }
  assertEquals(walked, [1, 3]);
});

Deno.test("StreamMap finds an item by its whole id, and counts one item per index", () => {
  const map = new StreamMap<string>();
  const table = new StreamTable<string>();
  const first = table.add("");
  table.remove(first);
  const second = table.add("");
  map.set(first, "first");
  assertEquals([map.get(first), map.get(second), map.size], ["first", undefined, 1]);
  map.delete(second);
  assertEquals(map.size, 1);
  map.set(second, "second");
  assertEquals([map.get(first), map.get(second), map.size], [undefined, "second", 1]);
  map.delete(second);
  map.delete(second);
  assertEquals([map.get(second), map.isTaken(first), map.size], [undefined, false, 0]);
});
