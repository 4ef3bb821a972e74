import { assertEquals } from "@std/assert";
import { isProblem, readPositionForm } from "./position_form.ts";

function read(symbol: string, shares: string, cost: string) {
  const form = new FormData();
  form.set("symbol", symbol);
  form.set("shares", shares);
  form.set("cost", cost);
  return readPositionForm(form);
}

Deno.test("a position is read with the liberties that people take", () => {
  assertEquals(read(" yhoo ", "1,200", "$13.50"), {
    ok: true,
    position: { symbol: "YHOO", shares: 1200, cost: 13.5 },
  });
});

Deno.test("the first wrong field is named", () => {
  const problems = [
    ["NOPE", "1", "1", "symbol"],
    ["", "1", "1", "symbol"],
    ["YHOO", "0", "1", "shares"],
    ["YHOO", "-3", "1", "shares"],
    ["YHOO", "many", "1", "shares"],
    ["YHOO", "", "1", "shares"],
    ["YHOO", "1e3", "1", "shares"],
    ["YHOO", "1", "free", "cost"],
    ["YHOO", "1", "99999999", "cost"],
  ] as const;
  for (const [symbol, shares, cost, problem] of problems) {
    assertEquals(read(symbol, shares, cost), { ok: false, problem });
  }
  assertEquals(readPositionForm(new FormData()), { ok: false, problem: "symbol" });
});

Deno.test("only known problems are shown", () => {
  assertEquals(["full", "constructor", "<b>"].map(isProblem), [true, false, false]);
});
