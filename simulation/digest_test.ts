import { assertEquals } from "@std/assert";
import { Digest } from "./digest.ts";

const of = (...parts: (number[] | number)[]) => {
  const digest = new Digest();
  for (const part of parts) {
    if (typeof part === "number") digest.number(part);
    else digest.bytes(Uint8Array.from(part));
  }
  return `${digest}`;
};

Deno.test("each bit, each place and each cut counts", () => {
  const row = Array.from({ length: 23 }, (_, i) => i * 7);
  const others = [
    ...row.map((byte, i) => of(row.with(i, byte ^ 1))),
    ...row.slice(1).map((_, i) => of(row.toSpliced(i, 2, row[i + 1]!, row[i]!))),
    ...row.map((_, i) => of(row.slice(0, i), row.slice(i))),
    of([...row, 0]),
    of(row, 0),
    of(row, -0),
    of(row, 1),
    of(row, 1 + Number.EPSILON),
  ];
  const all = new Set([of(row), ...others]);
  assertEquals(all.size, 1 + others.length);
  assertEquals(of(row), of(row));
});

Deno.test("where bytes lie in memory is all the same", () => {
  const digest = new Digest();
  digest.bytes(Uint8Array.of(9, 9, 9, 1, 2, 3, 4, 5, 6).subarray(3));
  assertEquals(`${digest}`, of([1, 2, 3, 4, 5, 6]));
});
