import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MeanLatency, PeakEwma } from "./latency.ts";

Deno.test("a slower sample replaces the estimate at once", () => {
  const latency = new PeakEwma();
  latency.observe(5, 0);
  latency.observe(2_000, 10);
  assertEquals(latency.valueMs(10), 2_000);
});

Deno.test("faster samples pull the estimate down with time", () => {
  const latency = new PeakEwma(1_000);
  latency.observe(2_000, 0);
  latency.observe(10, 1);
  assert(latency.valueMs(1) > 1_990, "one quick call proves little");
  for (let now = 2; now <= 10_000; now++) latency.observe(10, now);
  assertAlmostEquals(latency.valueMs(10_000), 10, 0.2);
});

Deno.test("a faster sample counts by the time since the one before", () => {
  const latency = new PeakEwma(1_000);
  latency.observe(100, 5_000);
  latency.observe(10, 5_000 + 1_000 * Math.LN2);
  assertAlmostEquals(latency.valueMs(5_000 + 1_000 * Math.LN2), 55, 1e-9);
});

Deno.test("an estimate that nothing renews fades to 1/e in its decay time", () => {
  const latency = new PeakEwma(10_000);
  latency.observe(100, 0);
  assertAlmostEquals(latency.valueMs(10_000), 100 / Math.E, 1e-9);
});

Deno.test("the estimate is never above the largest sample and never negative", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ sample: fc.double({ min: 0, max: 1e6, noNaN: true }), gap: fc.nat(1e5) })),
    (steps) => {
      const latency = new PeakEwma();
      let now = 0, largest = 0;
      for (const { sample, gap } of steps) {
        now += gap;
        latency.observe(sample, now);
        largest = Math.max(largest, sample);
        const value = latency.valueMs(now);
        assert(value >= 0 && value <= largest * (1 + 1e-9), `${value} of ${largest}`);
        if (sample === largest) assertEquals(value, sample);
      }
    },
  ));
});

Deno.test("a lower bound raises the estimate and never lowers it", () => {
  const latency = new PeakEwma();
  latency.observe(50, 0);
  latency.observeAtLeast(10, 0);
  assertEquals(latency.valueMs(0), 50);
  latency.observeAtLeast(80, 0);
  assertEquals(latency.valueMs(0), 80);
});

Deno.test("what was forgotten is not measured", () => {
  const latency = new PeakEwma();
  assertEquals([latency.valueMs(0), latency.measured], [0, false]);
  latency.observe(30, 0);
  assertEquals([latency.valueMs(0), latency.measured], [30, true]);
  latency.reset();
  assertEquals([latency.valueMs(0), latency.measured], [0, false]);
});

Deno.test("a mean follows what most samples of the last second say", () => {
  const latency = new MeanLatency();
  assertEquals(latency.ms, 0);
  latency.observe(10, 0);
  assertEquals(latency.ms, 10);
  latency.observe(1_000, 10);
  assert(latency.ms < 25, "one slow call in many is no news");
  for (let now = 20; now < 5_000; now += 10) latency.observe(1_000, now);
  assert(latency.ms > 950);
  latency.observeAtLeast(500, 6_000);
  assert(latency.ms > 950, "a call that was given up before the mean is no news");
  latency.observeAtLeast(4_000, 20_000);
  assert(latency.ms > 3_900);
});
