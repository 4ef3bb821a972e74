import { assert, assertEquals } from "@std/assert";
import {
  LOG_KIND_BURST,
  LOG_KIND_REFILL_MS,
  LOG_KIND_REPORT_MS,
  LOG_KINDS_MAX,
} from "../limits.ts";
import { LogLimit } from "./log_limit.ts";

class Clock {
  ms = 0;
  readonly timers: { atMs: number; callback: () => void }[] = [];
  now = () => this.ms;
  later = (callback: () => void, ms: number) =>
    void this.timers.push({ atMs: this.ms + ms, callback });
  pass(ms: number): void {
    this.ms += ms;
    for (const timer of this.timers.splice(0)) {
      if (timer.atMs <= this.ms) timer.callback();
      else this.timers.push(timer);
    }
  }
}

Deno.test("LogLimit lets a burst of a kind through, then one line per interval, and tells what it left out", () => {
  const clock = new Clock();
  const limit = new LogLimit(clock);
  const told: [number, number][] = [];
  const flood = (kind: string, lines: number) =>
    Array.from({ length: lines }, () => limit.admits(kind, (...words) => told.push(words)))
      .filter((admitted) => admitted).length;
  assertEquals(flood("refused", 46_000), LOG_KIND_BURST);
  assertEquals(flood("another", 3), 3, "kinds do not share an allowance");
  clock.pass(LOG_KIND_REFILL_MS);
  assertEquals(flood("refused", 1_000), 1);
  assertEquals(told, []);
  clock.pass(LOG_KIND_REPORT_MS);
  const leftOut = 46_000 - LOG_KIND_BURST + 999;
  assertEquals(told, [[leftOut, LOG_KIND_REFILL_MS + LOG_KIND_REPORT_MS]]);
  assertEquals([limit.leftOut, clock.timers.length], [leftOut, 0]);
  clock.pass(LOG_KIND_REFILL_MS * LOG_KIND_BURST);
  assertEquals(flood("refused", 1_000), LOG_KIND_BURST);
  limit.report();
  assertEquals(told.at(-1), [1_000 - LOG_KIND_BURST, 0]);
  limit.report();
  assertEquals(told.length, 2);
});

Deno.test("LogLimit remembers a bounded number of kinds; those beyond share one allowance", () => {
  const clock = new Clock();
  const limit = new LogLimit(clock);
  const admitted = Array.from(
    { length: 10_000 },
    (_, i) => limit.admits(`kind ${i}`, () => {}),
  ).filter((admitted) => admitted).length;
  assert(admitted <= LOG_KINDS_MAX + LOG_KIND_BURST, String(admitted));
  clock.pass(LOG_KIND_BURST * LOG_KIND_REFILL_MS);
  assert(limit.admits("a new kind, when the old ones are quiet", () => {}));
});
