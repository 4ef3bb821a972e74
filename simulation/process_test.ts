import { assert, assertEquals } from "@std/assert";
import { Dice } from "./dice.ts";
import { Machine, SimProcess } from "./process.ts";
import { World } from "./world.ts";

function started(aheadMs = 1_000) {
  const world = new World();
  const machine = new Machine(world, aheadMs);
  return { world, machine, process: new SimProcess("p", machine, new Dice(1)) };
}

Deno.test("a process's clock begins with it, and goes with the world", async () => {
  const { world, process } = started();
  assertEquals([process.now(), process.machineOffsetMs], [0, 1_000]);
  await world.run(50);
  assertEquals(process.now(), 50);
});

Deno.test("timers fire after their time, a little late, in the order in which they are due", async () => {
  const { world, process } = started();
  const seen: [string, number][] = [];
  for (const ms of [7, 3, 5]) process.after(ms, () => seen.push([`${ms}`, process.now()]));
  process.cancel(process.after(4, () => seen.push(["cancelled", 0])));
  await world.run(20);
  assertEquals(seen.map(([name]) => name), ["3", "5", "7"]);
  for (const [name, ms] of seen) assert(ms >= Number(name) && ms <= Number(name) + 1, `${seen}`);
});

Deno.test("who computes is ahead of the world, and its events wait", async () => {
  const { world, process } = started();
  let firedMs = 0;
  process.soon(1, () => {
    process.burn(30);
    assertEquals(process.now(), 31);
    process.soon(0, () => firedMs = world.nowMs);
  });
  await world.run(100);
  assertEquals(firedMs, 31);
  assertEquals(process.stalls, [[1, 31]]);
});

Deno.test("who is stopped does nothing until it goes on, who is dead nothing at all", async () => {
  const { world, process, machine } = started();
  const dead = new SimProcess("q", machine, new Dice(2));
  const seen: number[] = [];
  process.after(5, () => seen.push(world.nowMs));
  dead.after(5, () => seen.push(-1));
  process.stop();
  dead.die();
  world.at(40, null, () => process.goOn());
  await world.run(100);
  assertEquals(seen, [40]);
  assertEquals(process.stalls, [[0, 40]]);
});

Deno.test("when a machine's clock jumps, timers that are due by then fire at once", async () => {
  const { world, process, machine } = started();
  const seen: [number, number][] = [];
  process.after(500, () => seen.push([world.nowMs, process.now()]));
  world.at(10, null, () => machine.jump(1_000));
  await world.run(100);
  assertEquals(seen, [[10, 1_010]]);
});
