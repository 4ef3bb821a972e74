import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LineSplitter } from "./line_splitter.ts";

const MAX = 8;

function split(chunks: readonly Uint8Array[]): [string, number][] {
  const lines: [string, number][] = [];
  const splitter = new LineSplitter(MAX, ({ bytes, cutBytes }) => {
    assert(bytes.length <= MAX);
    lines.push([new TextDecoder().decode(bytes), cutBytes]);
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

Deno.test("LineSplitter gives the same bounded lines however the bytes come", () => {
  const anyText = fc.array(fc.constantFrom("a", "b", "\n", "cccccccc")).map((parts) =>
    parts.join("")
  );
  fc.assert(
    fc.property(anyText, fc.array(fc.nat(200)), (text, cuts) => {
      const bytes = new TextEncoder().encode(text);
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b)];
      const chunks = at.map((start, i) => bytes.slice(start, at[i + 1]));
      const lines = text.split("\n");
      if (lines.at(-1) === "") lines.pop();
      const expected = lines.map((line): [string, number] => [
        line.slice(0, MAX),
        Math.max(0, line.length - MAX),
      ]);
      assertEquals(split(chunks), expected);
    }),
  );
});
