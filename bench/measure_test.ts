import { assert, assertEquals } from "@std/assert";
import { missingCommand, testUnless } from "../tests/skip.ts";
import { measure } from "./measure.ts";
import { describeRow } from "./table.ts";
import { WORKLOADS } from "./workloads.ts";

const PEERS = ["mesh", "floor", "nats"];

testUnless(
  missingCommand("wrk") ?? missingCommand("nats-server"),
  "every row of the benchmark runs with every peer",
  async () => {
    const { rows, missing } = await measure({
      workloads: WORKLOADS,
      pairs: 1,
      end: { calls: 3 },
      warm: false,
    });
    assertEquals(missing, {});
    assertEquals(rows.map(({ name }) => name), WORKLOADS.map(({ name }) => name));
    for (const row of rows) {
      assert(!("skipped" in row), row.name);
      assert(describeRow(row).startsWith(`${row.name}: `));
      assertEquals(Object.keys(row.peers), row.name === "front" ? [...PEERS, "serve"] : PEERS);
      assertEquals(Object.keys(row.meshTo), Object.keys(row.peers).slice(1));
      for (const { rate } of Object.values(row.peers)) assert(rate > 0);
    }
  },
);
