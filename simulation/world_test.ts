import { assertEquals, assertRejects } from "@std/assert";
import { World } from "./world.ts";

Deno.test("events happen in the order of their times, those of one time in the order in which they were planned", async () => {
  const world = new World();
  const seen: string[] = [];
  const note = (name: string) => () => seen.push(`${name} at ${world.nowMs}`);
  world.at(5, null, note("b"));
  world.at(3, null, note("a"));
  world.at(5, null, note("c"));
  world.quietly(4, note("quiet"));
  world.at(11, null, note("too late"));
  await world.run(10);
  assertEquals(seen, ["a at 3", "quiet at 4", "b at 5", "c at 5"]);
  assertEquals([world.nowMs, world.events], [10, 4]);
});

Deno.test("what an event sets off in promises comes to rest before the next event", async () => {
  const world = new World();
  const seen: string[] = [];
  world.at(1, null, () => {
    void (async () => {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      seen.push("at rest");
    })();
  });
  world.at(1, null, () => seen.push("next"));
  await world.run(2);
  assertEquals(seen, ["at rest", "next"]);
});

Deno.test("what is planned for a time that has passed happens now", async () => {
  const world = new World();
  const seen: number[] = [];
  world.at(5, null, () => world.at(1, null, () => seen.push(world.nowMs)));
  await world.run(10);
  assertEquals(seen, [5]);
});

Deno.test("events of who is dead, and cancelled ones, do not happen", async () => {
  const world = new World();
  const owner = { busyUntilMs: 0, dead: false };
  const seen: string[] = [];
  world.at(1, null, () => owner.dead = true);
  world.at(2, owner, () => seen.push("of the dead"));
  const cancelled = world.at(2, null, () => seen.push("cancelled"));
  cancelled.cancelled = true;
  world.move(world.at(9, null, () => seen.push("moved")), 3);
  await world.run(10);
  assertEquals(seen, ["moved"]);
});

Deno.test("events of who is busy wait, and come in their order", async () => {
  const world = new World();
  const owner = { busyUntilMs: 7, dead: false };
  const seen: string[] = [];
  world.at(1, owner, () => seen.push(`a at ${world.nowMs}`));
  world.at(2, owner, () => seen.push(`b at ${world.nowMs}`));
  world.at(3, null, () => seen.push("somebody else's"));
  await world.run(10);
  assertEquals(seen, ["somebody else's", "a at 7", "b at 7"]);
});

Deno.test("events of who is stopped wait until it goes on", async () => {
  const world = new World();
  const owner = { busyUntilMs: Infinity, dead: false };
  const seen: number[] = [];
  world.at(1, owner, () => seen.push(world.nowMs));
  world.at(4, null, () => {
    owner.busyUntilMs = 4;
    world.wake(owner);
  });
  await world.run(10);
  assertEquals(seen, [4]);
});

Deno.test("what an event throws ends the run, and so do events without end", async () => {
  const falling = new World();
  falling.at(1, null, () => {
    throw new Error("fell");
  });
  await assertRejects(() => falling.run(10), Error, "fell");
  const flooding = new World();
  const again = () => void flooding.at(0, null, again);
  again();
  await assertRejects(() => flooding.run(10, 1_000), Error, "there is no end of them");
});
