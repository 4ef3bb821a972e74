/**
 * What clock, timers and chance do: those of the runtime and those of a simulated process.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Outside, randomWord } from "../../outside/outside.ts";
import { realOutside } from "../../outside/real_outside.ts";
import { native } from "../../native/ffi.ts";
import { Dice } from "../../simulation/dice.ts";
import { Machine, SimProcess } from "../../simulation/process.ts";
import { World } from "../../simulation/world.ts";

native();

/** An outside for tests. */
interface OutsideStand {
  readonly outside: Outside;
  /** Lets time pass until something has happened. */
  until(condition: () => boolean): Promise<void>;
  /** This process computes and does nothing else for so long. */
  stall(ms: number): void;
}

const STANDS = {
  real: (): OutsideStand => ({
    outside: realOutside,
    async until(condition) {
      while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
    },
    stall(ms) {
      const until = realOutside.now() + ms;
      while (realOutside.now() < until);
    },
  }),
  simulated: (): OutsideStand => {
    const world = new World();
    const process = new SimProcess("a process", new Machine(world, 5_000), new Dice(3));
    return {
      outside: process,
      async until(condition) {
        for (let i = 0; i < 10_000 && !condition(); i++) await world.run(world.nowMs + 1);
        assert(condition());
      },
      stall: (ms) => process.burn(ms),
    };
  },
};

function outsideTest(name: string, test: (stand: OutsideStand) => Promise<void> | void): void {
  for (const [kind, open] of Object.entries(STANDS)) {
    Deno.test(`${kind} outside: ${name}`, async () => await test(open()));
  }
}

outsideTest("its clock does not go back, and goes on while a timer runs", async (stand) => {
  const { outside } = stand;
  const times = [outside.now()];
  for (const ms of [1, 3, 7]) {
    let rang = false;
    const from = outside.now();
    outside.after(ms, () => {
      rang = true;
      times.push(outside.now());
    });
    await stand.until(() => rang);
    assert(outside.now() >= from + ms - 1, "a fraction of a ms early at most");
  }
  stand.stall(4);
  times.push(outside.now());
  assertEquals(times, times.toSorted((a, b) => a - b));
  assert(times[4]! >= times[3]! + 4);
});

outsideTest("a timer fires once, later, and not during the call that sets it", async (stand) => {
  const heard: string[] = [];
  stand.outside.after(0, () => void heard.push("timer"));
  queueMicrotask(() => void heard.push("promise"));
  assertEquals(heard, []);
  let waited = false;
  await stand.until(() => heard.length === 2);
  stand.outside.after(10, () => waited = true);
  await stand.until(() => waited);
  assertEquals(heard, ["promise", "timer"]);
});

outsideTest(
  "equal timers fire in the order in which they were set, longer ones later",
  async (stand) => {
    for (let round = 0; round < 3; round++) {
      const heard: string[] = [];
      const set = (ms: number, name: string) =>
        stand.outside.after(ms, () => void heard.push(`${ms} ${name}`));
      for (const [ms, name] of [[80, "a"], [40, "a"], [80, "b"], [1, "a"], [40, "b"]] as const) {
        set(ms, name);
      }
      await stand.until(() => heard.length === 5);
      assertEquals(heard, ["1 a", "40 a", "40 b", "80 a", "80 b"]);
    }
  },
);

outsideTest("whole ms count, at least one, and nothing is too long", async (stand) => {
  const heard: number[] = [];
  const delays = [1, 0, -5, NaN, 0.3, 1.9];
  const { outside } = stand;
  const long = [Infinity, 2 ** 31, 2 ** 32 + 5].map((ms) =>
    outside.after(ms, () => heard.push(ms))
  );
  for (const ms of delays) stand.outside.after(ms, () => void heard.push(ms));
  const later: number[] = [];
  for (const ms of [30.9, 30.1, 30]) stand.outside.after(ms, () => void later.push(ms));
  await stand.until(() => later.length === 3);
  for (const timer of long) outside.cancel(timer);
  assertEquals([heard, later], [delays, [30.9, 30.1, 30]]);
});

outsideTest("after a stall timers fire in the order in which they were due", async (stand) => {
  const heard: string[] = [];
  for (const ms of [60, 5, 30, 60, 5]) stand.outside.after(ms, () => void heard.push(`${ms}`));
  stand.stall(90);
  await stand.until(() => heard.length === 5);
  assertEquals(heard, ["5", "5", "30", "60", "60"]);
});

outsideTest("what one timer sets off in promises comes before the next timer", async (stand) => {
  const heard: string[] = [];
  stand.outside.after(2, () => {
    heard.push("first");
    stand.outside.after(2, () => void heard.push("third"));
    Promise.resolve().then(() => Promise.resolve()).then(() => heard.push("promise"));
  });
  stand.outside.after(2, () => void heard.push("second"));
  await stand.until(() => heard.length === 4);
  assertEquals(heard, ["first", "promise", "second", "third"]);
});

outsideTest(
  "a timer that was cancelled does not fire, also when it is due already",
  async (stand) => {
    const { outside } = stand;
    const heard: string[] = [];
    const set = (ms: number, name: string) => outside.after(ms, () => void heard.push(name));
    const cancelled = set(2, "cancelled");
    outside.after(3, () => outside.cancel(due));
    const due = set(3, "due at the same time");
    const fired = set(4, "fired");
    set(20, "last");
    outside.cancel(cancelled);
    outside.cancel(cancelled);
    outside.cancel(undefined);
    outside.after(8, () => outside.cancel(fired));
    await stand.until(() => heard.includes("last"));
    assertEquals(heard, ["fired", "last"]);
  },
);

outsideTest("a timer may cancel itself, which is nothing, and set itself anew", async (stand) => {
  const { outside } = stand;
  let times = 0;
  const again = () => {
    times++;
    outside.cancel(timer);
    if (times < 4) timer = outside.after(1, again);
  };
  let timer = outside.after(1, again);
  await stand.until(() => times === 4);
});

outsideTest("every fires again and again, until it is cancelled, also by itself", async (stand) => {
  const { outside } = stand;
  for (const ms of [0, 2, 3.7]) {
    let [own, others] = [0, 0];
    const cancelsItself = outside.every(ms, () => {
      if (++own === 3) outside.cancel(cancelsItself);
    });
    const other = outside.every(ms, () => others++);
    await stand.until(() => others >= 6);
    outside.cancel(other);
    const seen = others;
    let over = false;
    outside.after(20, () => over = true);
    await stand.until(() => over);
    assertEquals([own, others], [3, seen]);
  }
});

outsideTest("its chance is in its bounds and not always the same", ({ outside }) => {
  const numbers = Array.from({ length: 100 }, () => outside.random());
  assert(numbers.every((number) => number >= 0 && number < 1));
  assert(new Set(numbers).size > 90);
  for (const count of [0, 1, 32]) assertEquals(outside.randomBytes(count).length, count);
  const words = Array.from({ length: 100 }, () => randomWord(outside));
  assert(words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32));
  assert(new Set(words).size > 90);
});

Deno.test("processes of one simulated machine have one machine clock, and clocks of their own", async () => {
  const world = new World();
  const machine = new Machine(world, 7_000);
  const first = new SimProcess("first", machine, new Dice(1));
  await world.run(50);
  const second = new SimProcess("second", machine, new Dice(2));
  assertEquals([first.now(), second.now()], [50, 0]);
  machine.jump(300);
  await world.run(60);
  assertEquals([first.now(), second.now()], [360, 310]);
  assertEquals(first.now() + first.machineOffsetMs, second.now() + second.machineOffsetMs);
});
