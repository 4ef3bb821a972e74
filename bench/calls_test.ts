import { assert, assertEquals } from "@std/assert";
import { benchmarkCalls } from "./calls.ts";

Deno.test({
  name: "the benchmark of calls runs and measures every loop",
  // Connections of the NATS client outlive its close for a moment.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const result = await benchmarkCalls(true, 0);
    const loops = result.mesh as { perSecond: number; cpuUsPerCall: number }[];
    assertEquals(loops.length, 6);
    for (const { perSecond } of loops) assert(perSecond > 0);
  },
});
