import { assertEquals } from "@std/assert";
import { budgetFaults } from "./budget_checks.ts";
import { Calls } from "./calls.ts";
import type { Begun, Made } from "./observation.ts";

/** Calls of one process, each of which begins in so many others. */
function calls(begins: readonly number[], manner: Partial<Made> = {}): Calls {
  const calls = new Calls();
  begins.forEach((times, call) => {
    calls.see(
      { type: "made", ms: 1, call, process: "web-1/web-1", manner: "call", ...manner } as Made,
    );
    for (let i = 0; i < times; i++) {
      calls.see({ type: "begun", ms: 2, call, process: `exec-1/exec-${i}` } as Begun);
    }
  });
  return calls;
}

Deno.test("ten calls and a tenth of all are made again, and not one more", () => {
  const twice = (count: number) => [...Array(count).fill(2), ...Array(100 - count).fill(1)];
  assertEquals(budgetFaults(calls(twice(20))), []);
  assertEquals(budgetFaults(calls(twice(21))), [
    "web-1/web-1 spent 21 retries, its budget was 20.0",
  ]);
});

Deno.test("what is made again after a death, and the answers of a broadcast, cost nothing", () => {
  const died = calls(Array(50).fill(2));
  died.see({ type: "died", ms: 3, process: "exec-1/exec-0", server: "exec-1", asked: false });
  assertEquals(budgetFaults(died), []);
  assertEquals(budgetFaults(calls(Array(50).fill(3), { manner: "broadcast" })), []);
});

Deno.test("one hedge and a twentieth of all calls are sent", () => {
  assertEquals(budgetFaults(calls([2, 2, ...Array(18).fill(1)], { hedged: true })), []);
  assertEquals(budgetFaults(calls([2, 2, 2, ...Array(17).fill(1)], { hedged: true })).length, 1);
});
