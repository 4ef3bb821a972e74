/**
 * What is left when all the other cases are over.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { assert } from "@std/assert";
import { askServer } from "../../../cli/admin_client.ts";
import type { Status } from "../../../server/status.ts";
import type { CallCase } from "../call_case.ts";

/** How long the last calls may take to end everywhere, in ms: a guard, not an expectation. */
const GUARD_MS = 20_000;

/** The cases, to be run last. */
export const aftermathCases: readonly CallCase[] = [
  {
    name: "when every call has ended for its caller, no server and no process has one under way",
    run: async ({ servers }) => {
      const guardMs = performance.now() + GUARD_MS;
      for (const { name, runtimeDir } of servers) {
        for (;;) {
          const { counters, slots } = await askServer<Status>(runtimeDir, "/status");
          const inFlight = slots.reduce((sum, slot) => sum + slot.inFlight, 0);
          if (counters.openCalls === 0 && inFlight === 0) break;
          const seen = `${counters.openCalls} calls open, ${inFlight} in processes`;
          assert(performance.now() < guardMs, `${name}: ${seen}`);
          await delay(20);
        }
      }
    },
  },
];
