import { assertEquals } from "@std/assert";
import { medianRatio } from "./ratio.ts";

Deno.test("the interval of a median of ten pairs goes from the second smallest to the second largest", () => {
  const a = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
  assertEquals(medianRatio(a, a.map(() => 10)), {
    median: 1.55,
    from: 1.2,
    to: 1.9,
    confidence: 0.979,
    pairs: 10,
  });
});

Deno.test("few pairs say little, and say so", () => {
  assertEquals(medianRatio([1, 3], [1, 1]), {
    median: 2,
    from: 1,
    to: 3,
    confidence: 0.5,
    pairs: 2,
  });
});
