/** The life of workers and their replacement, on a clock of the test's own. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { RESPAWN_MAX_MS, WORKER_START_MS } from "../limits.ts";
import { Crew } from "./replacement.ts";
import type { Replaced, ReplaceRequest, Worker } from "./worker_state.ts";

/** A process of the bench: a number, in the order of their starts. */
type P = number;
const DRAIN_MS = 1_000;

interface Timer {
  readonly atMs: number;
  readonly then: () => void;
}

/** A crew in a world that does only what a test says. */
function bench(places = 1) {
  const world = {
    nowMs: 0,
    /** What was done, in order: `start 1`, `leave 1`, `kill 1`, `end 1`. */
    did: [] as string[],
    logged: [] as string[],
    slots: Infinity,
    /** Starts fail with this. */
    cannotStart: undefined as string | undefined,
  };
  const timers = new Set<Timer>();
  const workers = new Map<P, Worker<P>>();
  const log = (message: string) => void world.logged.push(message);
  let started = 0;
  const crew = new Crew<P>({ places, drainMs: DRAIN_MS }, {
    start: (worker) => {
      if (world.cannotStart !== undefined) throw new Error(world.cannotStart);
      world.did.push(`start ${++started}`);
      workers.set(started, worker);
      return started;
    },
    hasRoom: () => world.slots > 0,
    leave: ({ process }, replaced) => world.did.push(`leave ${process}${replaced ? "" : " all"}`),
    kill: ({ process }) => world.did.push(`kill ${process}`),
    ended: ({ process }) => world.did.push(`end ${process}`),
    now: () => world.nowMs,
    random: () => 1,
    after: (ms, then) => {
      const timer = { atMs: world.nowMs + ms, then };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    log: { debug: log, info: log, warn: log, error: log },
    describe: () => ({}),
  });
  const worker = (process: P) => workers.get(process)!;
  return {
    crew,
    world,
    worker,
    timers,
    /** What was done since the last look. */
    did: () => world.did.splice(0).join(", "),
    ready: (...processes: P[]) => processes.forEach((process) => crew.ready(worker(process))),
    dies: (process: P, how = "exit code 1") => crew.exited(worker(process), how),
    pass: (ms: number) => {
      const untilMs = world.nowMs + ms;
      for (;;) {
        const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined || next.atMs > untilMs) break;
        timers.delete(next);
        world.nowMs = Math.max(world.nowMs, next.atMs);
        next.then();
      }
      world.nowMs = untilMs;
    },
    ask: (process: P, more: Partial<ReplaceRequest> = {}) => {
      const told: Replaced[] = [];
      crew.replace(worker(process), {
        reason: "asked",
        faulty: false,
        persistent: false,
        onDone: (replaced) => told.push(replaced),
        ...more,
      });
      return told;
    },
    states: () => crew.workers.map(({ process, state }) => `${process} ${state}`).join(", "),
  };
}

/** A crew whose workers are all ready. */
function works(places = 1) {
  const b = bench(places);
  b.crew.start();
  for (let process = 1; process <= places; process++) b.ready(process);
  b.did();
  return b;
}
const FAULTY = { reason: "uncaught error: x", faulty: true, persistent: true };

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
