import { assert, assertEquals } from "@std/assert";
import { invent } from "./invent.ts";

const SEEDS = 300;
const scenarios = Array.from({ length: SEEDS }, (_, seed) => invent(seed));

Deno.test("each kind of trouble is in some scenarios, and most have none", () => {
  const kinds = {
    lies: scenarios.filter(({ servers }) => servers.some(({ lies }) => lies)),
    strangers: scenarios.filter(({ faults }) =>
      faults.some(({ kind }) => kind === "strangers knock")
    ),
    comings: scenarios.filter(({ servers }) =>
      servers.some(({ fromMs, untilMs }) => fromMs !== undefined || untilMs !== undefined)
    ),
    pauses: scenarios.filter(({ calls }) => calls.some(({ pause }) => pause)),
  };
  for (const [kind, of] of Object.entries(kinds)) {
    assert(of.length > SEEDS / 100 && of.length < SEEDS / 8, `${kind}: ${of.length}`);
  }
});

Deno.test("somebody who calls and somebody who answers are there from the beginning to the end", () => {
  for (const { servers } of scenarios) {
    for (const kind of ["web", "exec"] as const) {
      const there = servers.filter((plan) =>
        plan[kind] > 0 && plan.fromMs === undefined && plan.untilMs === undefined
      );
      assert(there.length > 0);
    }
  }
});

Deno.test("who returns has left before, and nobody leaves in the quiet end", () => {
  for (const { servers, peaceMs } of scenarios) {
    for (const { fromMs = 0, untilMs = peaceMs - 1, returnsMs = untilMs + 1 } of servers) {
      assertEquals([fromMs <= untilMs, untilMs < peaceMs, untilMs < returnsMs], [true, true, true]);
    }
  }
});
