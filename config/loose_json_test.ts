import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseLooseJson } from "./loose_json.ts";

const READ: readonly [string, unknown][] = [
  ["", undefined],
  ["// nothing\n/* at\nall */ ", undefined],
  ["\ufeff{}", {}],
  [`{ // a\n "a": 1, /* b */ "b": [1, 2,], }`, { a: 1, b: [1, 2] }],
  [`{'a': "it's", b_-$: 'say "so"', 7: null}`, { a: "it's", "b_-$": 'say "so"', 7: null }],
  [`{"a": 1 "b": 2}`, { a: 1, b: 2 }],
  [`[0x1F, -2.5e3, +4, .5, -0]`, [31, -2500, 4, 0.5, -0]],
  [`"two\nlines"`, "two\nlines"],
  [`"http://not.a/comment"`, "http://not.a/comment"],
  [String.raw`'\'\u0041\n'`, "'A\n"],
  // A backslash that is escaped, and then a quote, in texts of either kind.
  [String.raw`["\\'\\", '\\', '\\\'\\']`, ["\\'\\", "\\", "\\'\\"]],
  [`{"__proto__": {"x": 1}}`, JSON.parse(`{"__proto__": {"x": 1}}`)],
];

for (const [text, value] of READ) {
  Deno.test(`forgiving JSON: ${JSON.stringify(text)}`, () => {
    assertEquals(parseLooseJson(text), value);
  });
}

const REFUSED: readonly [string, RegExp][] = [
  ["{", /the end of the file where a name or } is expected \(line 1, column 2\)/],
  ['{\n  "a" 1}', /"1" where a colon is expected \(line 2, column 7\)/],
  ['{"a": yes}', /"y" where a value is expected/],
  ["{} {}", /"{" where the end of the file is expected/],
  ['"open', /a value is expected/],
  ["[,]", /"," where a value is expected/],
];

for (const [text, message] of REFUSED) {
  Deno.test(`forgiving JSON refuses ${JSON.stringify(text)}, and says where`, () => {
    const { message: seen } = assertThrows(() => parseLooseJson(text), SyntaxError);
    assertEquals(message.test(seen), true, seen);
  });
}

Deno.test("forgiving JSON reads all that is JSON", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assertEquals(parseLooseJson(text), JSON.parse(text));
    }),
  );
});
