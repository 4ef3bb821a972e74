import { assertEquals } from "@std/assert";
import { LinkClock } from "./clock.ts";

Deno.test("the smallest of the last samples is the difference of the clocks", () => {
  const clock = new LinkClock();
  assertEquals(clock.offsetMs, undefined);
  clock.sample(1_000, 6_030, undefined);
  assertEquals(clock.offsetMs, 5_030);
  clock.sample(2_000, 7_001, 1);
  clock.sample(3_000, 8_020, 1);
  assertEquals(clock.offsetMs, 5_001);
});

Deno.test("a drift is followed: old samples are forgotten", () => {
  const clock = new LinkClock();
  for (let i = 0; i < 40; i++) clock.sample(i, i + 100 + i, 1);
  const offset = clock.offsetMs!;
  assertEquals(offset >= 100 + 40 - 17 && offset <= 139, true, String(offset));
});

Deno.test("a peer whose clock stood still is believed when it says so twice, a slow link is not taken for one", () => {
  const clock = new LinkClock();
  clock.sample(0, 100, 1);
  clock.sample(1_000, 1_100, 1);
  clock.sample(2_000, 5_100, 1);
  clock.sample(3_000, 6_101, 1);
  assertEquals(clock.offsetMs, 3_100);
  clock.sample(3_000, 8_000, 4_000);
  assertEquals(clock.offsetMs, 3_100);
});

Deno.test("PINGs that a network held up, and let go together, are no clock that stood still", () => {
  const clock = new LinkClock();
  clock.sample(0, 100, 1);
  clock.sample(1_000, 2_900, 1);
  clock.sample(2_000, 2_900, 1);
  assertEquals(clock.offsetMs, 100);
  clock.sample(3_000, 3_100, 1);
  clock.sample(4_000, 4_900, 1);
  assertEquals(clock.offsetMs, 100, "each late one begins anew");
});
