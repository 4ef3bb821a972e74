import { assertEquals } from "@std/assert";
import { valuation } from "./valuation.ts";

Deno.test("value and gain follow price, shares and cost", () => {
  const positions = [{ symbol: "A", shares: 10, cost: 4 }, { symbol: "B", shares: 2, cost: 50 }];
  const quotes = [{ symbol: "A", price: 5, change: 0.5 }, {
    symbol: "B",
    price: 40,
    change: -1,
  }];
  const { value, gain, dayGain, positions: valued } = valuation(positions, quotes);
  assertEquals([value, gain, dayGain], [130, -10, 3]);
  assertEquals(valued.map(({ value, gain }) => [value, gain]), [[50, 10], [80, -20]]);
});

Deno.test("a position without a price stays in the list and out of the sums", () => {
  const positions = [{ symbol: "A", shares: 10, cost: 4 }, { symbol: "B", shares: 2, cost: 50 }];
  const result = valuation(positions, [{ symbol: "A", price: 5, change: 0 }]);
  assertEquals([result.value, result.gain], [50, 10]);
  assertEquals(result.positions[1], {
    symbol: "B",
    shares: 2,
    cost: 50,
    price: null,
    value: null,
    gain: null,
  });
});
