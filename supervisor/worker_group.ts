/**
 * The workers that do the same, as real processes: a crew, and what it does to the world.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { WEB_LINGER_MS } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import { Crew } from "./replacement.ts";
import { firstModule, modulesOf, type Staff } from "./staff.ts";
import { findProject } from "./user_project.ts";
import type { Assignment } from "../worker/assignment.ts";
import type { OutputHost } from "./worker_output.ts";
import { WorkerProcess } from "./worker_process.ts";
import type { Worker } from "./worker_state.ts";

/** What a group is made of. */
export interface WorkerGroupOptions {
  /** The group's number: no other of its server has it. */
  readonly index: number;
  readonly staff: Staff;
  /** Time that a worker which was replaced has for what it has under way, in ms. */
  readonly drainMs: number;
  readonly controlPath: string;
  readonly runDir: string;
  readonly log: Logger;
  /** What reads the output of the processes. */
  readonly output: OutputHost;
  /** The slot of a process; `undefined`: it has none. */
  slotOf(process: WorkerProcess): number | undefined;
  /** Whether there is a slot for one process more. */
  hasRoom(): boolean;
  /** Tells the process of a slot to end; `lingerMs`: so long it may wait for idle connections. */
  leave(slot: number, lingerMs: number): void;
  /** A process has ended, or could not be started. */
  ended(worker: Worker<WorkerProcess>): void;
}

/** Workers that do the same: their crew, and what is known of them beside it. */
export interface WorkerGroup {
  readonly kind: "web" | "exec";
  readonly work: Assignment;
  /** Absolute path of the project's directory. */
  readonly project: string;
  /** The services that its workers offer, each with its module. */
  offered: ReadonlyMap<string, string>;
  readonly crew: Crew<WorkerProcess>;
  /** Uncaught errors so far, place by place. */
  readonly uncaught: number[];
}

/** Makes the group; nothing runs before its crew is started. */
export function workerGroup(options: WorkerGroupOptions): WorkerGroup {
  const { staff: { work, places }, drainMs, log } = options;
  const { kind } = work;
  const project = projectOf(work);
  const lingerMs = Math.min(WEB_LINGER_MS, drainMs / 2);
  const crew: Crew<WorkerProcess> = new Crew<WorkerProcess>({ places, drainMs }, {
    start: (worker) =>
      new WorkerProcess({
        work,
        // As it is now: it may have been changed since the last start.
        project: findProject(firstModule(work)),
        controlPath: options.controlPath,
        importMapPath: join(options.runDir, `${kind}_${options.index}_import_map.json`),
        output: options.output,
        slotOf: options.slotOf,
        onExit: (how) => crew.exited(worker, how),
      }),
    hasRoom: options.hasRoom,
    leave: ({ process }, replaced) => {
      const slot = process?.slot;
      if (slot !== undefined) options.leave(slot, replaced && kind === "web" ? lingerMs : 0);
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
    describe: ({ process }) => ({ kind, project, pid: process?.pid }),
  });
  return {
    kind,
    work,
    project,
    offered: new Map(),
    crew,
    uncaught: new Array(places).fill(0),
  };
}

/** The directory of the project; of modules that belong to none, the one that they all are in. */
function projectOf(work: Assignment): string {
  const modules = modulesOf(work);
  const { configured, directory } = findProject(firstModule(work));
  if (configured) return directory;
  const shared = modules.slice(1).reduce(
    (shared, path) => {
      const parts = dirname(path).split("/");
      const apart = shared.findIndex((part, i) => part !== parts[i]);
      return apart < 0 ? shared : shared.slice(0, apart);
    },
    directory.split("/"),
  );
  return shared.join("/") || "/";
}
