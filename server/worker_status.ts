/**
 * What a server says about its workers: the part `workers` of `/status`.
 *
 * @module
 */
import type { Proxy } from "../proxy/proxy.ts";
import type { WorkerGroup } from "../supervisor/worker_group.ts";
import type { WorkerPool } from "../supervisor/worker_pool.ts";
import type { WorkerProcess } from "../supervisor/worker_process.ts";
import type { Assignment } from "../worker/assignment.ts";
import type { Place, Worker, WorkerState } from "../supervisor/worker_state.ts";

/** One worker process, or the place of one that is to come. */
export interface WorkerStatus {
  /** `null` while it has none. */
  readonly slot: number | null;
  readonly kind: Assignment["kind"];
  /** Directory of the project its modules belong to. */
  readonly project: string;
  /** `null`: there is no process now, one comes after a pause. */
  readonly pid: number | null;
  /** `waiting`: there is none now. A worker that is replaced and its successor are two. */
  readonly state: WorkerState | "waiting";
  /** Processes that were started in its place after the first. */
  readonly restarts: number;
  /** How the last process of its place ended; `null`: none has. */
  readonly lastEnd: string | null;
  /** Resident memory; `null`: not known. */
  readonly memoryBytes: number | null;
  /** How late its event loop is; `null`: not known. */
  readonly loopDelayMs: number | null;
  /** Calls it has been given; `null` for a web process. */
  readonly requests: number | null;
  /** Errors that user code did not catch, of all processes of its place so far. */
  readonly uncaught: number;
}

/** One row per process, and one per place that has none for the moment. */
export function workerStatus(pool: WorkerPool, proxy: Proxy): WorkerStatus[] {
  return pool.groups.flatMap((group) =>
    group.crew.places.flatMap((place) => {
      const { leaving, current, successor } = place;
      const others = [...leaving, ...(successor === undefined ? [] : [successor])];
      return [current, ...others].map((worker) => row(group, place, worker, proxy));
    })
  );
}

function row(
  { kind, project, uncaught }: WorkerGroup,
  place: Place<WorkerProcess>,
  worker: Worker<WorkerProcess> | undefined,
  proxy: Proxy,
): WorkerStatus {
  const process = worker?.process;
  const slot = process?.slot ?? null;
  return {
    slot,
    kind,
    project,
    pid: process?.pid ?? null,
    state: worker?.state ?? "waiting",
    restarts: Math.max(0, place.starts - 1),
    lastEnd: place.lastEnd === "" ? null : place.lastEnd,
    memoryBytes: process === undefined ? null : residentBytes(process.pid),
    loopDelayMs: null,
    requests: kind === "web" ? null : slot === null ? 0 : proxy.dispatcher.delivered(slot),
    // Each error once: what those that ended have left is with the one that works now.
    uncaught: worker === place.current
      ? (uncaught[place.index] ?? 0) - othersOf(place)
      : process?.uncaught ?? 0,
  };
}

function othersOf({ leaving, successor }: Place<WorkerProcess>): number {
  let sum = successor?.process?.uncaught ?? 0;
  for (const { process } of leaving) sum += process?.uncaught ?? 0;
  return sum;
}

/** `null` when the process is gone. */
function residentBytes(pid: number): number | null {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return kib === undefined ? null : Number(kib) * 1024;
  } catch {
    return null;
  }
}
