import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TIMEOUT_MAX_MS } from "../limits.ts";
import { deadlineMs, deadlineTicks, shiftDeadline } from "./deadline.ts";

Deno.test("a deadline arrives as it was, never later, at any time of the clock", () => {
  fc.assert(fc.property(
    fc.double({ min: 0, max: 1e11, noNaN: true }),
    fc.double({ min: -1e6, max: TIMEOUT_MAX_MS, noNaN: true }),
    (nowMs, inMs) => {
      const due = Math.max(0, nowMs + inMs);
      const arrived = deadlineMs(deadlineTicks(due), nowMs);
      assert(arrived <= due && arrived > due - 0.07, `${due} arrived as ${arrived}`);
    },
  ));
});

Deno.test("a deadline that somebody made up is at most a day away", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 0xffff_ffff }),
    fc.double({ min: 0, max: 1e11, noNaN: true }),
    (ticks, nowMs) => {
      assert(deadlineMs(ticks, nowMs) <= nowMs + TIMEOUT_MAX_MS);
    },
  ));
});

Deno.test("a deadline is moved to another clock", () => {
  const ticks = deadlineTicks(5_000);
  assertEquals(deadlineMs(shiftDeadline(ticks, 1_000), 6_000), 6_000);
  assertEquals(deadlineMs(shiftDeadline(ticks, -4_999.5), 0), 0.5);
});
