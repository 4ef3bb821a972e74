import { assert, assertEquals } from "@std/assert";
import { streamIndex, StreamTable } from "./stream_table.ts";

Deno.test("StreamTable gives an index again under another id", () => {
  const table = new StreamTable<string>();
  const first = table.add("first");
  table.remove(first);
  const second = table.add("second");
  assertEquals(streamIndex(second), streamIndex(first));
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
