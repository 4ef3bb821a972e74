import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { RetryBudget } from "./retry_budget.ts";

function spend(budget: RetryBudget): number {
  let count = 0;
  while (budget.tryRetry()) count++;
  return count;
}

Deno.test("ten retries are there before any call was made", () => {
  assertEquals(spend(new RetryBudget()), 10);
});

Deno.test("ten calls earn one retry", () => {
  const budget = new RetryBudget();
  spend(budget);
  for (let call = 0; call < 9; call++) budget.called();
  assertEquals(budget.tryRetry(), false);
  budget.called();
  assertEquals(budget.tryRetry(), true);
  assertEquals(budget.tryRetry(), false);
});

Deno.test("a long quiet time pays for a hundred retries at most", () => {
  const budget = new RetryBudget();
  for (let call = 0; call < 100_000; call++) budget.called();
  assertEquals(spend(budget), 100);
});

Deno.test("retries never exceed ten and a tenth of the calls", () => {
  fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 2_000 }), (steps) => {
    const budget = new RetryBudget();
    let calls = 0, retries = 0;
    for (const isCall of steps) {
      if (isCall) {
        budget.called();
        calls++;
      } else if (budget.tryRetry()) retries++;
      if (retries > 10 + calls / 10 + 1e-3) throw new Error(`${retries} after ${calls} calls`);
    }
  }));
});
