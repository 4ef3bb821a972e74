import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { jsonText } from "./json_text.ts";

Deno.test("jsonText() gives JSON's own values as JSON.stringify() does", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assertEquals(JSON.parse(jsonText(value)), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("jsonText() shows what JSON cannot say", () => {
  const cases: [unknown, string][] = [
    [undefined, "null"],
    [12345678901234567890n, '"12345678901234567890"'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [new Uint8Array([1, 2, 255]), '{"base64":"AQL/"}'],
    [{ inner: [new Uint8Array()] }, '{"inner":[{"base64":""}]}'],
    [new Float32Array([1, 0.5]), "[1,0.5]"],
    [new Map<string, unknown>([["a", new Set([1n])]]), '{"a":["1"]}'],
    [new Map([[1, "one"]]), '[[1,"one"]]'],
    [new TypeError("no"), '{"name":"TypeError","message":"no"}'],
    [NaN, "null"],
  ];
  for (const [value, text] of cases) assertEquals(jsonText(value), text);
});
