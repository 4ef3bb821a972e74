import { assertEquals } from "@std/assert";
import { type LoadReport, packLoad, unpackLoad } from "./load.ts";

function roundTrip(load: LoadReport): LoadReport {
  const into = { queueDepth: 7, latencyMs: 7 };
  unpackLoad(packLoad(load), into);
  return into;
}

Deno.test("a report comes back, its latency in steps of ⅛ ms", () => {
  assertEquals(roundTrip({ queueDepth: 0, latencyMs: 0 }), { queueDepth: 0, latencyMs: 0 });
  assertEquals(roundTrip({ queueDepth: 300, latencyMs: 12.3 }), {
    queueDepth: 300,
    latencyMs: 12.25,
  });
});

Deno.test("a report with nothing in it is 0, and 0 is one", () => {
  assertEquals(packLoad({ queueDepth: -1, latencyMs: 5 }), 0);
  assertEquals(roundTrip({ queueDepth: -1, latencyMs: 5 }), { queueDepth: -1, latencyMs: 0 });
});

Deno.test("what is too large for its field is the largest that fits", () => {
  assertEquals(roundTrip({ queueDepth: 1e6, latencyMs: 1e6 }), {
    queueDepth: 65_534,
    latencyMs: 8_191.875,
  });
});

Deno.test("any u32 is a report", () => {
  const into = { queueDepth: 0, latencyMs: 0 };
  for (const word of [0x8000_0000, 0xffff_ffff, 0xffff_0000, 1]) {
    unpackLoad(word, into);
    assertEquals(into.queueDepth >= -1 && into.latencyMs >= 0, true, String(word));
  }
});
