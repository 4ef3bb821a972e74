import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { bridge, normal, seedOf, smooth, uniform } from "./noise.ts";

Deno.test("uniform stays in [0, 1) and is spread evenly", () => {
  const seed = seedOf("spread");
  let sum = 0;
  for (let i = 0; i < 10_000; i++) {
    const value = uniform(seed, i);
    assert(value >= 0 && value < 1);
    sum += value;
  }
  assertAlmostEquals(sum / 10_000, 0.5, 0.02);
});

Deno.test("normal has mean 0 and deviation 1", () => {
  const values = Array.from({ length: 10_000 }, (_, i) => normal(seedOf("bell"), i));
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  assertAlmostEquals(mean, 0, 0.05);
  assertAlmostEquals(variance, 1, 0.06);
});

Deno.test("different seeds draw differently, the same seed alike", () => {
  assertEquals(uniform(seedOf("YHOO"), 3), uniform(seedOf("YHOO"), 3));
  assertNotEquals(uniform(seedOf("YHOO"), 3), uniform(seedOf("EMBR"), 3));
});

Deno.test("smooth meets its random heights at the whole numbers and has no jumps", () => {
  fc.assert(fc.property(fc.integer(), fc.integer({ min: -1e6, max: 1e6 }), (seed, x) => {
    assertAlmostEquals(smooth(seed, x - 1e-6), smooth(seed, x), 1e-4);
  }));
});

Deno.test("bridge starts and ends at 0 and has no jumps", () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0, max: 0.9999, noNaN: true }), (seed, x) => {
      assertAlmostEquals(bridge(seed, 0, 17), 0);
      assertAlmostEquals(bridge(seed, 1, 17), 0);
      assertAlmostEquals(bridge(seed, x, 17), bridge(seed, x + 1e-9, 17), 0.01);
    }),
  );
});
