/**
 * For tests: a crew of workers in a world that does only what a test says, on a clock of the test's own.
 *
 * @module
 */
import { Crew } from "../../supervisor/replacement.ts";
import type { Replaced, ReplaceRequest, Worker } from "../../supervisor/worker_state.ts";

/** A process of the bench: a number, in the order of their starts. */
type P = number;
/** Time that a worker of the bench has to leave, in ms. */
export const DRAIN_MS = 1_000;

interface Timer {
  readonly atMs: number;
  readonly then: () => void;
}

/** A crew in a world that does only what a test says. */
export function bench(places = 1) {
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
export function works(places = 1) {
  const b = bench(places);
  b.crew.start();
  for (let process = 1; process <= places; process++) b.ready(process);
  b.did();
  return b;
}
/** As uncaught errors ask. */
export const FAULTY = { reason: "uncaught error: x", faulty: true, persistent: true };
