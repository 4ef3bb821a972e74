import { assertEquals } from "@std/assert";
import { Backoff, jittered } from "./backoff.ts";

const dice = (value: number) => ({ random: () => value });

Deno.test("pauses double with each failure, up to the longest, and begin anew after a reset", () => {
  const backoff = new Backoff({ minMs: 50, maxMs: 300, jitter: 0.5 }, dice(1));
  assertEquals(backoff.pauseMs(), 50, "nothing has failed");
  const pauses = Array.from({ length: 5 }, () => {
    backoff.failed();
    return backoff.pauseMs();
  });
  assertEquals(pauses, [50, 100, 200, 300, 300]);
  assertEquals(backoff.failures, 5);
  assertEquals(backoff.pauseMs(600), 600, "another longest one");
  backoff.reset();
  backoff.failed();
  assertEquals(backoff.pauseMs(), 50);
});

Deno.test("after very many failures a pause is still the longest one", () => {
  const backoff = new Backoff({ minMs: 50, maxMs: 2_000, jitter: 1 }, dice(0.5));
  for (let i = 0; i < 5_000; i++) backoff.failed();
  assertEquals(backoff.pauseMs(), 1_000);
});

Deno.test("chance takes as much of a time as it may", () => {
  assertEquals(jittered(100, 0, dice(0)), 100);
  assertEquals(jittered(100, 0.5, dice(0)), 50);
  assertEquals(jittered(100, 0.5, dice(0.5)), 75);
  assertEquals(jittered(100, 1, dice(0)), 0);
});
