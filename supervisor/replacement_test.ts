/** The life of workers and their replacement, on a clock of the test's own. */
import { assert, assertEquals } from "@std/assert";
import { RESPAWN_MAX_MS, WORKER_START_MS } from "../limits.ts";
import { bench, DRAIN_MS, works } from "../tests/support/test_crew.ts";
import type { Replaced } from "./worker_state.ts";

Deno.test("a crew is complete when all its workers are ready", () => {
  const b = bench(2);
  assertEquals(b.crew.vacant, 2);
  b.crew.start();
  assertEquals([b.did(), b.crew.complete, b.crew.vacant], ["start 1, start 2", false, 0]);
  b.ready(2, 1);
  assertEquals([b.crew.complete, b.states()], [true, "1 ready, 2 ready"]);
  assertEquals(b.timers.size, 0);
});

Deno.test("a successor is ready before the worker it replaces is asked to leave", () => {
  const b = works();
  const told = b.ask(1);
  assertEquals([b.did(), b.states()], ["start 2", "1 ready, 2 starting"]);
  b.ready(2);
  assertEquals([b.did(), b.states()], ["leave 1", "1 draining, 2 ready"]);
  assertEquals(told, []);
  b.dies(1, "exit code 0");
  assertEquals([b.did(), b.states(), told], ["end 1", "2 ready", [{ outcome: "replaced" }]]);
  assertEquals([b.crew.places[0]!.starts, b.crew.places[0]!.lastEnd], [2, "replaced: asked"]);
  assertEquals(b.timers.size, 0);
});

Deno.test("a worker that leaves is killed when its time is over", () => {
  const b = works();
  b.ask(1);
  b.ready(2);
  b.did();
  b.pass(DRAIN_MS - 1);
  assertEquals(b.did(), "");
  b.pass(1);
  assertEquals([b.did(), b.states()], ["kill 1", "1 ending, 2 ready"]);
  b.dies(1, "SIGKILL");
  assertEquals(b.crew.places[0]!.lastEnd, `replaced, and not done after ${DRAIN_MS} ms`);
});

Deno.test("all are replaced one after the other, in order", () => {
  const b = works(3);
  const told: Replaced[] = [];
  b.crew.replaceAll({
    reason: "reload",
    faulty: false,
    persistent: false,
    onDone: (replaced) => told.push(replaced),
  });
  for (const [old, successor] of [[1, 4], [2, 5], [3, 6]] as const) {
    assertEquals(b.did(), `${old > 1 ? `end ${old - 1}, ` : ""}start ${successor}`);
    b.ready(successor);
    assertEquals(b.did(), `leave ${old}`);
    b.dies(old, "exit code 0");
  }
  assertEquals(b.states(), "4 ready, 5 ready, 6 ready");
  assertEquals(told, new Array(3).fill({ outcome: "replaced" }));
});

/** What goes wrong with a successor, and what its wish is told. */
const LOST = {
  "dies while it starts": (b: ReturnType<typeof works>) => b.dies(2, "SIGSEGV"),
  "cannot load its modules": (b: ReturnType<typeof works>) => {
    b.crew.failed(b.worker(2), "SIGSEGV");
    b.dies(2, "SIGKILL");
  },
} as const;
for (const [what, lose] of Object.entries(LOST)) {
  Deno.test(`a successor that ${what} costs the old worker nothing, and the wish is told why`, () => {
    const b = works();
    const told = b.ask(1);
    lose(b);
    assertEquals(b.states(), "1 ready");
    assertEquals(told, [{ outcome: "failed", why: "SIGSEGV" }]);
    b.pass(1e6);
    assertEquals([b.states(), b.timers.size], ["1 ready", 0]);
    b.did();
    b.ask(1);
    assertEquals(b.did(), "start 3", "it may be asked for again");
  });
  Deno.test(`a persistent wish whose successor ${what} is tried again after a pause`, () => {
    const b = works();
    b.ask(1, { persistent: true });
    lose(b);
    b.did();
    assertEquals(b.states(), "1 ready");
    b.pass(50);
    assertEquals(b.did(), "start 3");
    b.ready(3);
    assertEquals(b.did(), "leave 1");
  });
}

Deno.test("a successor that is late is killed, and the old worker goes on", () => {
  const b = works();
  const told = b.ask(1);
  b.did();
  b.pass(WORKER_START_MS);
  assertEquals([b.did(), b.states()], ["kill 2", "1 ready, 2 late"]);
  b.ready(2);
  assertEquals(b.states(), "1 ready, 2 late", "too late is too late");
  b.dies(2, "SIGKILL");
  assertEquals(b.states(), "1 ready");
  assertEquals(told[0]?.outcome, "failed");
});

Deno.test("a process that cannot be started is a failed start with growing pauses, never an exception", () => {
  const b = bench();
  b.world.cannotStart = "no space left";
  b.crew.start();
  assertEquals(b.crew.places[0]!.lastEnd, "it could not be started: no space left");
  b.pass(60_000);
  const { starts } = b.crew.places[0]!;
  assert(starts > 5 && starts < 25, `${starts} starts`);
  assertEquals(b.crew.crashLoops, 1);
  b.world.cannotStart = undefined;
  b.pass(RESPAWN_MAX_MS);
  b.ready(1);
  assertEquals(b.states(), "1 ready");
});

Deno.test("a successor that cannot be started at all leaves the old worker serving", () => {
  const b = works(2);
  b.world.cannotStart = "no memory";
  b.ask(1, { persistent: true });
  const told = b.ask(2);
  assertEquals(told, [{ outcome: "failed", why: "it could not be started: no memory" }]);
  b.pass(10_000);
  assertEquals(b.states(), "1 ready, 2 ready");
  b.world.cannotStart = undefined;
  while (b.states() === "1 ready, 2 ready") b.pass(1_000);
  b.ready(3);
  assertEquals(b.states(), "1 draining, 3 ready, 2 ready");
});

Deno.test("a worker that dies while its successor starts: the successor is the next one", () => {
  const b = works(2);
  const told = b.ask(1);
  b.ask(2);
  b.dies(1);
  assertEquals(told, [{ outcome: "gone" }]);
  assertEquals(b.did(), "start 3, end 1, start 4", "the next has its turn");
  assertEquals(b.states(), "3 starting, 2 ready, 4 starting");
  b.ready(3);
  b.pass(WORKER_START_MS / 2);
  assertEquals(b.did(), "", "nobody is started twice");
});

Deno.test("… and if that successor dies, too, the place is filled after a pause", () => {
  const b = works();
  b.ask(1);
  b.dies(1);
  b.dies(2);
  assertEquals([b.states(), b.crew.vacant], ["", 1]);
  b.did();
  b.pass(100);
  assertEquals(b.did(), "start 3");
});

Deno.test("a successor that dies while the old worker leaves is an ordinary death", () => {
  const b = works();
  const told = b.ask(1);
  b.ready(2);
  b.did();
  b.dies(2);
  assertEquals(b.states(), "1 draining");
  b.pass(50);
  assertEquals(b.did(), "end 2, start 3");
  b.dies(1, "exit code 0");
  assertEquals([told, b.states()], [[{ outcome: "replaced" }], "3 starting"]);
});

Deno.test("a worker that dies while its replacement waits for its turn is started again, and not replaced", () => {
  const b = works(2);
  b.ask(1);
  const told = b.ask(2);
  b.dies(2);
  assertEquals(told, [{ outcome: "gone" }]);
  b.pass(50);
  b.did();
  b.ready(3);
  b.dies(1, "exit code 0");
  assertEquals(b.did(), "leave 1, end 1");
  assertEquals(b.states(), "3 ready, 4 starting");
});

Deno.test("a worker that is asked to be replaced twice is so once, and both are told", () => {
  const b = works();
  const first = b.ask(1);
  const second = b.ask(1);
  b.ready(2);
  b.dies(1, "exit code 0");
  assertEquals(b.did(), "start 2, leave 1, end 1");
  assertEquals([first, second], [[{ outcome: "replaced" }], [{ outcome: "replaced" }]]);
});

Deno.test("a worker that starts is replaced when it is ready, since it may have loaded what was there before", () => {
  const b = bench();
  b.crew.start();
  b.ask(1);
  assertEquals(b.did(), "start 1");
  b.ready(1);
  assertEquals(b.did(), "start 2");
});

Deno.test("a successor that starts can itself be asked for: it is replaced after it has taken over", () => {
  const b = works();
  b.ask(1);
  b.crew.replaceAll({ reason: "again", faulty: false, persistent: false });
  assertEquals(b.did(), "start 2");
  b.ready(2);
  assertEquals(b.did(), "leave 1");
  b.dies(1, "exit code 0");
  assertEquals(b.did(), "end 1, start 3");
});

Deno.test("whoever leaves, is killed or has ended cannot be replaced", () => {
  const b = works();
  b.ask(1);
  b.ready(2);
  assertEquals(b.ask(1), [{ outcome: "gone" }]);
  b.dies(1);
  assertEquals(b.ask(1), [{ outcome: "gone" }]);
  b.crew.kill(b.worker(2), "its slot was corrupt");
  assertEquals(b.ask(2), [{ outcome: "gone" }]);
  b.dies(2, "SIGKILL");
  assertEquals(b.crew.places[0]!.lastEnd, "its slot was corrupt");
});

Deno.test("a replacement waits for a free slot, and goes on when there is one", () => {
  const b = works();
  b.world.slots = 0;
  b.ask(1);
  b.crew.roomAgain();
  assertEquals([b.did(), b.states()], ["", "1 ready"]);
  assertEquals(b.world.logged, ["a replacement waits for a free slot"]);
  b.world.slots = 1;
  b.crew.roomAgain();
  assertEquals(b.did(), "start 2");
});
