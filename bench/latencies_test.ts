import { assertEquals } from "@std/assert";
import { Latencies } from "./latencies.ts";

Deno.test("percentiles of latencies are exact to a microsecond, and to a millisecond where calls are slow", () => {
  const latencies = new Latencies();
  for (let us = 1; us <= 99; us++) latencies.add(us);
  latencies.add(2_345_678);
  assertEquals(latencies.count, 100);
  assertEquals(latencies.percentileUs(0.5), 50);
  assertEquals(latencies.percentileUs(0.99), 99);
  assertEquals(latencies.percentileUs(1), 2_345_000);
});

Deno.test("without a call there is no latency", () => {
  assertEquals(new Latencies().percentileUs(0.5), 0);
});
