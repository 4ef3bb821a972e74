import { EJECTION_MAX_MS, EJECTION_MIN_MS } from "../limits.ts";
import { assert, assertEquals } from "@std/assert";
import { Outlier, OUTLIER_FORGET_MS } from "./outlier.ts";

function eject(outlier: Outlier, now: number): void {
  for (let i = 0; i < 5; i++) outlier.failed(now, true);
  assertEquals(outlier.state, "out");
}

Deno.test("five failures in a row eject; a success in between starts the count over", () => {
  const outlier = new Outlier();
  for (let i = 0; i < 20; i++) {
    for (let n = 0; n < 4; n++) assertEquals(outlier.failed(0, true), false);
    outlier.succeeded(0);
  }
  for (let n = 0; n < 4; n++) outlier.failed(0, true);
  assertEquals(outlier.failed(0, true), true);
  assertEquals([outlier.state, outlier.excluded(0), outlier.ejections], ["out", true, 1]);
});

Deno.test("a server that may not be ejected goes on taking calls until it may", () => {
  const outlier = new Outlier();
  for (let n = 0; n < 50; n++) assertEquals(outlier.failed(0, false), false);
  assertEquals(outlier.excluded(0), false);
  assertEquals(outlier.failed(0, true), true);
});

Deno.test("after the ejection one call goes through, and its success readmits", () => {
  const outlier = new Outlier();
  eject(outlier, 0);
  assertEquals(outlier.probeDue(EJECTION_MIN_MS - 1), false);
  assertEquals(outlier.remainingMs(EJECTION_MIN_MS - 1), 1);
  assertEquals([outlier.probeDue(EJECTION_MIN_MS), outlier.excluded(EJECTION_MIN_MS)], [
    true,
    false,
  ]);
  outlier.started(EJECTION_MIN_MS);
  assertEquals([outlier.state, outlier.excluded(EJECTION_MIN_MS)], ["probing", true]);
  assertEquals(outlier.succeeded(EJECTION_MIN_MS + 5), true);
  assertEquals([outlier.state, outlier.excluded(EJECTION_MIN_MS + 5)], ["in", false]);
});

Deno.test("each failed probe doubles the ejection, up to the longest", () => {
  const outlier = new Outlier();
  eject(outlier, 0);
  let now = 0;
  for (let expected = EJECTION_MIN_MS; expected < 8 * EJECTION_MAX_MS; expected *= 2) {
    const length = outlier.remainingMs(now);
    assertEquals(length, Math.min(expected, EJECTION_MAX_MS));
    now += length;
    outlier.started(now);
    assertEquals(outlier.failed(now, true), false);
  }
});

Deno.test("a server that was well for a minute starts over with the shortest ejection", () => {
  for (const [wellMs, expected] of [[1_000, 2], [OUTLIER_FORGET_MS, 1]] as const) {
    const outlier = new Outlier();
    eject(outlier, 0);
    outlier.started(EJECTION_MIN_MS);
    outlier.succeeded(EJECTION_MIN_MS);
    const now = EJECTION_MIN_MS + wellMs;
    eject(outlier, now);
    assertEquals(outlier.remainingMs(now), expected * EJECTION_MIN_MS);
  }
});

Deno.test("a probe whose caller leaves is followed by another", () => {
  const outlier = new Outlier();
  eject(outlier, 0);
  outlier.started(EJECTION_MIN_MS);
  outlier.abandoned(EJECTION_MIN_MS + 1);
  assert(outlier.probeDue(EJECTION_MIN_MS + 1));
});

Deno.test("late failures of earlier calls do not prolong an ejection, a late answer ends its wait", () => {
  const outlier = new Outlier();
  eject(outlier, 0);
  for (let n = 0; n < 100; n++) outlier.failed(500, true);
  assertEquals(outlier.remainingMs(500), EJECTION_MIN_MS - 500);
  assertEquals(outlier.succeeded(500), false);
  assert(outlier.probeDue(500));
});

Deno.test("a server that reconnects is a new one", () => {
  const outlier = new Outlier();
  eject(outlier, 0);
  outlier.reset(10);
  assertEquals(outlier.excluded(10), false);
  eject(outlier, 10);
  assertEquals(outlier.remainingMs(10), EJECTION_MIN_MS);
});
