import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { inspectFields } from "../boundary/inspect.ts";
import { lineOf } from "./log_line.ts";
import type { LogRecord } from "./log_record.ts";

const TIME = "2026-01-02T03:04:05.678Z";

function record(message: string, fields: unknown = {}, own: unknown = {}): LogRecord {
  const shown = { own: inspectFields(own), fields: inspectFields(fields) };
  return { time: TIME, level: "info", message, ...shown };
}

const text = (message: string, fields?: unknown, own?: unknown) =>
  lineOf(record(message, fields, own), "text").slice(`${TIME} info  `.length);

Deno.test("a line for people has the message, mesh's fields and those of the line", () => {
  assertEquals(
    text("started", { port: 80, why: "two words", list: [1] }, { server: "web-1" }),
    'started server=web-1 port=80 why="two words" list=[1]',
  );
});

/** Message or value, and how it is shown where it is not plain. */
const ESCAPED: readonly [string, string][] = [
  ["a\nb", String.raw`"a\nb"`],
  ["a\r\nb", String.raw`"a\r\nb"`],
  ["a\tb", String.raw`"a\tb"`],
  ["\x1b[31mred", String.raw`"\u001b[31mred"`],
  ["\x00", String.raw`"\u0000"`],
  ["a\x7fb", String.raw`"a\u007fb"`],
  ["a\x9b31mb", String.raw`"a\u009b31mb"`],
  ["a\x85b", String.raw`"a\u0085b"`],
  ["a\u2028b\u2029", String.raw`"a\u2028b\u2029"`],
  ["\u202eabc\u2066\u200f\u061c", String.raw`"\u202eabc\u2066\u200f\u061c"`],
  ["\ufeffa\u200bb\u00ad", String.raw`"\ufeffa\u200bb\u00ad"`],
  ["a\ud800b", String.raw`"a\ud800b"`],
  ["a\udc00", String.raw`"a\udc00"`],
  ["tag\u{e0041}", String.raw`"tag\udb40\udc41"`],
  ["a=b", '"a=b"'],
  ['"quoted', String.raw`"\"quoted"`],
  ["back\\nslash", String.raw`"back\\nslash"`],
  ["", '""'],
  [" x", '" x"'],
];

Deno.test("control characters, line breaks and what is not seen are escaped in messages, names and values", () => {
  for (const [raw, shown] of ESCAPED) {
    assertEquals(text(raw), shown);
    assertEquals(text("m", { v: raw }), `m v=${shown}`);
    assertEquals(text("m", { [raw]: 1 }), `m ${shown}=1`);
    const nested = JSON.stringify({ v: JSON.parse(shown) });
    assertEquals(JSON.parse(text("m", { o: { v: raw } }).slice("m o=".length)), JSON.parse(nested));
    assertEquals(JSON.parse(lineOf(record(raw), "json")).message, raw);
  }
  assertEquals(text("ä 漢 😀 é"), "ä 漢 😀 é");
});

Deno.test("no field takes the name of one of mesh's own, in either format", () => {
  const own = { server: "web-1", slot: 3 };
  const fields = {
    time: 0,
    level: "error",
    message: "forged",
    server: "other",
    slot: 9,
    slot_: 8,
    stream: "stderr",
    "a b\n2026 error": 1,
  };
  const json = JSON.parse(lineOf(record("m", fields, own), "json"));
  assertEquals(json, {
    time: TIME,
    level: "info",
    message: "m",
    server: "web-1",
    slot: 3,
    time_: 0,
    level_: "error",
    message_: "forged",
    server_: "other",
    slot__: 9,
    slot_: 8,
    stream_: "stderr",
    "a b\n2026 error": 1,
  });
  assertEquals(
    text("m", { server: "other", "x server": "y" }, own),
    'm server=web-1 slot=3 server_=other "x server"=y',
  );
  const odd = lineOf(record("m", JSON.parse('{"__proto__":{"a":1}}'), own), "json");
  assertEquals(Object.getOwnPropertyDescriptor(JSON.parse(odd), "__proto__")?.value, { a: 1 });
});

Deno.test("whatever is logged, it is one line without control characters, and JSON that parses", () => {
  const anyText = fc.string({ unit: "binary" }).chain((seen) =>
    fc.array(fc.constantFrom("\n", "\r", "\x1b", "\x9b", "\u2028", "\u202e", "\ud800", "=", '"'))
      .map((odd) => odd.join("") + seen)
  );
  const anyFields = fc.dictionary(
    anyText,
    fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true }),
  );
  fc.assert(
    fc.property(anyText, anyFields, anyFields, (message, fields, own) => {
      const made = record(message, fields, own);
      for (const format of ["text", "json"] as const) {
        const line = lineOf(made, format);
        assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line), JSON.stringify(line));
      }
      const json = JSON.parse(lineOf(made, "json"));
      assertEquals([json.time, json.level, json.message], [TIME, "info", message]);
    }),
  );
});
