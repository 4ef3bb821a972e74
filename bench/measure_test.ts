import { assert, assertEquals } from "@std/assert";
import { measure } from "./measure.ts";
import { describeRow } from "./table.ts";
import { WORKLOADS } from "./workloads.ts";

Deno.test("every row of the benchmark runs with every peer", async () => {
  const { rows, missing } = await measure({
    workloads: WORKLOADS,
    pairs: 1,
    end: { calls: 3 },
    warm: false,
  });
  assertEquals(rows.map(({ name }) => name), WORKLOADS.map(({ name }) => name));
  const peers = ["mesh", "floor", "nats"].filter((peer) => !(peer in missing));
  for (const row of rows) {
    assert(describeRow(row).startsWith(`${row.name}: `));
    if ("skipped" in row) {
      assertEquals([row.name, row.skipped], ["front", "wrk is missing"]);
      continue;
    }
    assertEquals(Object.keys(row.peers), row.name === "front" ? [...peers, "serve"] : peers);
    assertEquals(Object.keys(row.meshTo), Object.keys(row.peers).slice(1));
    for (const { rate } of Object.values(row.peers)) assert(rate > 0);
  }
});
