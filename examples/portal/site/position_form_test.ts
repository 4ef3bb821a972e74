import { assertEquals } from "@std/assert";
import { amount, isProblem, readPositionForm } from "./position_form.ts";

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

Deno.test("a number has a point before its decimals, and commas between thousands or none", () => {
  const numbers: [string, number][] = [
    ["0", 0],
    ["12", 12],
    ["007", 7],
    ["0.5", 0.5],
    ["10.50", 10.5],
    ["1050", 1050],
    ["1,050", 1050],
    ["1,050.25", 1050.25],
    ["12,345,678", 12_345_678],
    ["123,456.789", 123_456.789],
  ];
  for (const [text, number] of numbers) assertEquals(amount(text), number, text);
  const none = [
    ...[
      "10,50",
      "1,0",
      "1,05",
      "1,0500",
      "10,5",
      "1,2,3",
      "1,,050",
      ",050",
      "1050,",
      "0,500",
      "00,500",
    ],
    ...[
      "1234,567",
      "1,234567",
      "1.050,00",
      "10.50,00",
      "1.2.3",
      "1,050.",
      ".5",
      "5.",
      "1 050",
      "1'050",
    ],
    ...["", " ", "-1", "+1", "1e3", "0x10", "Infinity", "NaN", "١٢", "½", "$$1", "1$", "1.5,000"],
  ];
  for (const text of none) assertEquals(amount(text), NaN, text);
  assertEquals(read("YHOO", "10,50", "1"), { ok: false, problem: "shares" });
  assertEquals(read("YHOO", "1", "10,50"), { ok: false, problem: "cost" });
  assertEquals(read("YHOO", "$5", "1"), { ok: false, problem: "shares" });
  assertEquals(read("YHOO", "5", "$ 1,000.50").ok, true);
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
