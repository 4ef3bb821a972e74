import { assertEquals } from "@std/assert";
import { Codel } from "./codel.ts";

Deno.test("waits that were short at least once per interval are no overload", () => {
  const codel = new Codel(100, 1_000);
  for (let now = 0; now < 10_000; now += 50) {
    assertEquals(codel.arriving(0, now), "wait");
    codel.departed(now % 1_000 === 500 ? 90 : 400, now);
  }
});

Deno.test("waits above the target for a whole interval are one", () => {
  const codel = new Codel(100, 1_000);
  assertEquals(codel.arriving(0, 0), "wait");
  for (let now = 50; now < 1_000; now += 50) {
    codel.departed(150, now);
    assertEquals(codel.arriving(150, now), "wait");
  }
  codel.departed(150, 1_000);
  assertEquals(codel.overloaded(1_000), true);
});

Deno.test("in overload a call is refused while waits are above the target, else it may wait so long", () => {
  const codel = new Codel(100, 1_000);
  codel.arriving(0, 0);
  codel.departed(500, 1_000);
  assertEquals(codel.arriving(0, 1_000), "refuse");
  codel.departed(80, 1_010);
  assertEquals(codel.arriving(80, 1_010), "wait for the target at most");
  assertEquals(codel.arriving(101, 1_010), "refuse");
});

Deno.test("an overload ends when nothing was refused for an interval", () => {
  const codel = new Codel(100, 1_000);
  codel.arriving(0, 0);
  codel.departed(500, 1_000);
  codel.arriving(0, 1_500);
  assertEquals(codel.overloaded(2_499), true);
  assertEquals(codel.overloaded(2_500), false);
  codel.emptied();
  assertEquals(codel.arriving(0, 2_500), "wait");
});

Deno.test("an empty queue closes the interval: what waited long ago says nothing about now", () => {
  const codel = new Codel(100, 1_000);
  codel.arriving(0, 0);
  codel.departed(500, 900);
  codel.emptied();
  assertEquals(codel.arriving(0, 60_000), "wait");
  assertEquals(codel.overloaded(60_000), false);
});

Deno.test("while nothing leaves the queue, the age of its head counts", () => {
  const codel = new Codel(100, 1_000);
  codel.arriving(0, 0);
  assertEquals(codel.arriving(999, 999), "wait");
  assertEquals(codel.arriving(1_000, 1_000), "refuse");
});
