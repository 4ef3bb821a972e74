import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { history, LISTINGS, quoteAt } from "./market.ts";

const NOON = Date.UTC(2026, 10, 24, 12);
const MIDNIGHT = Date.UTC(2026, 10, 24);

Deno.test("every listed symbol has a positive price in whole cents", () => {
  for (const { symbol } of LISTINGS) {
    const quote = quoteAt(symbol, NOON);
    assert(quote !== undefined && quote.price > 0);
    assertAlmostEquals(quote.price * 100, Math.round(quote.price * 100), 1e-6);
  }
});

Deno.test("an unknown symbol has neither quote nor history", () => {
  assertEquals(quoteAt("NOPE", NOON), undefined);
  assertEquals(history("NOPE", NOON), []);
});

Deno.test("the change counts from the beginning of the day", () => {
  const open = quoteAt("YHOO", MIDNIGHT)!;
  const noon = quoteAt("YHOO", NOON)!;
  assertEquals(open.change, 0);
  assertAlmostEquals(noon.change, noon.price - open.price, 1e-9);
});

Deno.test("a price moves over the day and does not jump at midnight", () => {
  const day = history("EMBR", NOON, 50, 12);
  assert(new Set(day).size > 25);
  for (const { symbol } of LISTINGS) {
    const before = quoteAt(symbol, MIDNIGHT - 1)!.price;
    const after = quoteAt(symbol, MIDNIGHT)!.price;
    assertAlmostEquals(before / after, 1, 0.002);
  }
});

Deno.test("history ends with the price of the moment", () => {
  assertEquals(history("MOSS", NOON).at(-1), quoteAt("MOSS", NOON)!.price);
});
