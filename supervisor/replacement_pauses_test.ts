/** Pauses before the next process, the end of a server, and whatever else may happen, on a clock of the test's own. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { bench, FAULTY, works } from "../tests/support/test_crew.ts";
import type { Replaced } from "./worker_state.ts";

Deno.test("deaths wait longer and longer, each place by its own short lives", () => {
  const b = works(2);
  const pauses: number[] = [];
  let process = 1;
  for (let death = 0; death < 9; death++) {
    b.dies(process);
    const beganMs = b.world.nowMs;
    b.did();
    while (b.did() === "") b.pass(1);
    pauses.push(b.world.nowMs - beganMs);
    b.ready(process = death + 3);
  }
  assertEquals(pauses, [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  assertEquals(b.crew.crashLoops, 1);
  b.dies(2);
  b.pass(50);
  assertEquals(b.did(), "end 2, start 12", "its neighbour's deaths are not its own");
  b.pass(10_000);
  assertEquals(b.crew.crashLoops, 0, "a life that lasts is no crash loop");
  b.dies(process);
  b.did();
  b.pass(50);
  assertEquals(b.did(), "start 13");
});

Deno.test("a worker that errs in a loop is replaced ever more seldom, and works on meanwhile", () => {
  const b = works();
  let process = 1, replaced = 0;
  for (let ms = 0; ms < 3_600_000; ms += 5) {
    b.ask(process, FAULTY);
    b.pass(5);
    assertEquals(b.worker(process).state, "ready", "it is never without a worker");
    const did = b.did();
    if (!did.startsWith("start")) continue;
    b.ready(++process);
    b.dies(process - 1, "exit code 0");
    replaced++;
    b.did();
  }
  assert(replaced >= 60 && replaced < 75, `${replaced} in an hour`);
});

Deno.test("an error once in a while is answered by a replacement at once", () => {
  const b = works();
  for (let process = 1; process < 6; process++) {
    b.pass(20_000);
    b.ask(process, FAULTY);
    b.pass(50);
    assertEquals(b.did(), `start ${process + 1}`);
    b.ready(process + 1);
    b.dies(process, "exit code 0");
    b.did();
  }
});

Deno.test("what somebody asks for does not wait for the pause of a fault", () => {
  const b = works();
  for (let process = 1; process < 8; process++) {
    b.ask(process, FAULTY);
    while (!b.did().includes("start")) b.pass(10);
    b.ready(process + 1);
    b.dies(process, "exit code 0");
  }
  b.did();
  b.ask(8, FAULTY);
  b.pass(1);
  assertEquals(b.did(), "");
  const told = b.ask(8);
  assertEquals(b.did(), "start 9");
  b.dies(9);
  assertEquals(told, [{ outcome: "failed", why: "exit code 1" }]);
  b.did();
  for (let ms = 0; ms < 60_000 && b.world.did.length === 0; ms += 10) b.pass(10);
  assertEquals(b.did(), "start 10", "the fault is still there");
});

Deno.test("a worker that is to be replaced for its errors and dies is one short life, not two", () => {
  const b = works();
  b.ask(1, FAULTY);
  b.dies(1);
  b.did();
  b.pass(50);
  assertEquals(b.did(), "start 2");
  b.pass(1_000);
  assertEquals(b.did(), "", "the pause of the wish is over, too");
});

/** Where a replacement may be when the server ends, and what is then still to end. */
const MOMENTS = {
  "waits for its pause": [(b: ReturnType<typeof works>) => b.ask(1, FAULTY), "1"],
  "waits for its turn": [(b: ReturnType<typeof works>) => {
    b.ask(2);
    b.ask(1);
  }, "1 2 3"],
  "has started its successor": [(b: ReturnType<typeof works>) => b.ask(1), "1 2 3"],
  "has both": [(b: ReturnType<typeof works>) => {
    b.ask(1);
    b.ready(3);
  }, "1 2 3"],
} as const;
for (const [moment, [arrange]] of Object.entries(MOMENTS)) {
  for (const how of ["drain", "end"] as const) {
    Deno.test(`when the server ${how}s while a replacement ${moment}, all end and nobody is started`, () => {
      const b = works(2);
      arrange(b);
      b.did();
      b.crew[how]();
      const did = b.did();
      for (const { process } of b.crew.workers) {
        assert(did.includes(`leave ${process}`) || did.includes(`kill ${process}`), did);
        if (how === "end") assert(did.includes(`kill ${process}`), did);
      }
      for (const { process } of b.crew.workers) b.dies(process!, "exit code 0");
      b.pass(1e6);
      assert(!b.did().includes("start"));
      assertEquals([b.states(), b.timers.size, b.crew.vacant], ["", 0, 0]);
      assertEquals(b.ask(1), [{ outcome: "gone" }]);
    });
  }
}

Deno.test("an end after a drain kills what is left", () => {
  const b = works();
  b.crew.drain();
  b.crew.end();
  assertEquals(b.did(), "leave 1 all, kill 1");
});

Deno.test("a worker whose modules fail to load is started again after a pause", () => {
  const b = bench();
  b.crew.start();
  b.crew.failed(b.worker(1), "no such file");
  assertEquals([b.did(), b.states()], ["start 1, kill 1", "1 failed"]);
  b.crew.failed(b.worker(1), "another word");
  b.crew.kill(b.worker(1), "another reason");
  b.dies(1, "SIGKILL");
  b.dies(1, "again");
  assertEquals(b.crew.places[0]!.lastEnd, "no such file");
  b.pass(50);
  assertEquals(b.did(), "kill 1, end 1, start 2");
});

Deno.test("whatever happens in whatever order: at most two per place, one replacement at a time, all wishes told", () => {
  const step = fc.record({
    what: fc.constantFrom(
      "ready",
      "failed",
      "dies",
      "ask",
      "faulty",
      "all",
      "pass",
      "kill",
      "room",
    ),
    who: fc.nat(20),
    ms: fc.integer({ min: 0, max: 30_000 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
    const b = works(3);
    const wishes: Replaced[][] = [];
    for (const { what, who, ms } of steps) {
      const { workers } = b.crew;
      const worker = workers[who % Math.max(1, workers.length)];
      if (what === "pass") b.pass(ms);
      else if (what === "room") {
        b.world.slots = who % 3;
        b.crew.roomAgain();
      } else if (what === "all") {
        b.crew.replaceAll({ reason: "all", faulty: false, persistent: false });
      } else if (worker !== undefined) {
        const process = worker.process!;
        if (what === "ready") b.crew.ready(worker);
        else if (what === "failed") b.crew.failed(worker, "modules");
        else if (what === "dies") b.dies(process);
        else if (what === "kill") b.crew.kill(worker, "thrown out");
        else wishes.push(b.ask(process, what === "faulty" ? FAULTY : {}));
      }
      for (const { current, successor, leaving } of b.crew.places) {
        assert(successor === undefined || (current !== undefined && successor.state !== "ready"));
        assert(leaving.size <= 1);
      }
      const successors = b.crew.places.filter(({ successor }) => successor !== undefined);
      assert(successors.length <= 1);
    }
    b.crew.end();
    for (const { process } of b.crew.workers) b.dies(process!);
    assertEquals([b.crew.workers, b.timers.size], [[], 0]);
    for (const told of wishes) assertEquals(told.length, 1);
  }));
});
