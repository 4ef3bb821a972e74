import { assert, assertEquals } from "@std/assert";
import { FailureShare } from "./failure_share.ts";

function after(outcomes: boolean[], gapMs = 10): FailureShare {
  const share = new FailureShare();
  outcomes.forEach((failed, i) => share.observe(failed, i * gapMs));
  return share;
}

Deno.test("without failures there is no penalty", () => {
  assertEquals(after(Array(100).fill(false)).penalty(1_000), 1);
});

Deno.test("one failure costs little, a run of them a lot", () => {
  assert(after([true]).penalty(0) < 1.5);
  assert(after(Array(100).fill(true)).penalty(1_000) > 100);
});

Deno.test("a penalty fades, so that the server is tried again", () => {
  const share = after(Array(100).fill(true));
  assert(share.penalty(61_000) < 2, `${share.penalty(61_000)}`);
});

Deno.test("the share follows what happens", () => {
  const share = after(Array.from({ length: 1_000 }, (_, i) => i % 10 === 0));
  const value = share.value(10_000);
  assert(value > 0.08 && value < 0.11, `${value}`);
  share.reset();
  assertEquals(share.value(10_000), 0);
});
