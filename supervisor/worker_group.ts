/**
 * The workers of one kind as real processes: a crew, and what it does to the world.
 *
 * @module
 */
import { dirname } from "@std/path";
import { WEB_LINGER_MS } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import { Crew } from "./replacement.ts";
import { findProject } from "./user_project.ts";
import type { Work } from "./work.ts";
import type { OutputHost } from "./worker_output.ts";
import { WorkerProcess } from "./worker_process.ts";
import type { Worker } from "./worker_state.ts";

/** What a group is made of. */
export interface WorkerGroupOptions {
  readonly work: Work;
  /** How many workers. */
  readonly places: number;
  /** Time that a worker which was replaced has for what it has under way, in ms. */
  readonly drainMs: number;
  readonly controlPath: string;
  readonly runDir: string;
  readonly log: Logger;
  /** What reads the output of the processes. */
  readonly output: OutputHost;
  /** Whether there is a slot for one process more. */
  hasRoom(): boolean;
  /** Tells the process of a slot to end; `lingerMs`: so long it may wait for idle connections. */
  leave(slot: number, lingerMs: number): void;
  /** A process has ended, or could not be started. */
  ended(worker: Worker<WorkerProcess>): void;
}

/** See the module's description. */
export interface WorkerGroup {
  readonly kind: "web" | "exec";
  readonly work: Work;
  /** Absolute path of the project's directory. */
  readonly project: string;
  readonly crew: Crew<WorkerProcess>;
  /** Uncaught errors so far, place by place. */
  readonly uncaught: number[];
}

/** Makes the group; nothing runs before its crew is started. */
export function workerGroup(options: WorkerGroupOptions): WorkerGroup {
  const { work, places, drainMs, log } = options;
  const { kind } = work;
  const module = work.kind === "web" ? work.site : work.services[0]!;
  const project = findProject(module);
  const lingerMs = Math.min(WEB_LINGER_MS, drainMs / 2);
  const crew: Crew<WorkerProcess> = new Crew<WorkerProcess>({ places, drainMs }, {
    start: (worker) =>
      new WorkerProcess({
        work,
        project,
        controlPath: options.controlPath,
        runDir: options.runDir,
        output: options.output,
        onExit: (how) => crew.exited(worker, how),
      }),
    hasRoom: options.hasRoom,
    leave: ({ process }, replaced) => {
      if (process !== undefined && process.slot >= 0) {
        options.leave(process.slot, replaced && kind === "web" ? lingerMs : 0);
      }
    },
    kill: ({ process }) => process?.kill(),
    ended: options.ended,
    now: () => performance.now(),
    random: Math.random,
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    log,
    describe: ({ process }) => ({ kind, pid: process?.pid }),
  });
  return {
    kind,
    work,
    project: dirname(project.configPath ?? module),
    crew,
    uncaught: new Array(places).fill(0),
  };
}
