/**
 * One worker that a server is to have: a process after another, as they die and are replaced.
 *
 * @module
 */
import { RESPAWN_MAX_MS, RESPAWN_MIN_MS, WORKER_START_MS } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import { newLogToken } from "../observe/log_pieces.ts";
import { spawnWorker } from "./spawn.ts";
import type { UserProject } from "./user_project.ts";
import type { Work } from "./work.ts";
import { type OutputHost, WorkerOutput } from "./worker_output.ts";

/**
 * State of a seat. Successors:
 *
 * ```text
 * starting → ready | waiting | failed | ended
 * ready    → draining | waiting | ended
 * draining → ended
 * waiting  → starting | ended       (its process died; a new one comes after a pause)
 * failed   → waiting | ended        (its modules do not load)
 * ```
 */
export type SeatState = "starting" | "ready" | "draining" | "waiting" | "failed" | "ended";

/** A process that lived this long did not die of its start. */
const STABLE_MS = 10_000;
/** Deaths in a row, each soon after its start, that are called a crash loop. */
const CRASH_LOOP_DEATHS = 5;

/** What a seat needs of the pool. */
export interface SeatOptions {
  readonly work: Work;
  readonly project: UserProject;
  readonly controlPath: string;
  readonly runtimeDir: string;
  readonly log: Logger;
  /** What reads what its processes write. */
  readonly output: OutputHost;
  /** The seat's process has ended. */
  onExit(seat: WorkerSeat): void;
}

/** See the module's description. */
export class WorkerSeat {
  readonly work: Work;
  state: SeatState = "waiting";
  /** What its process shows when it attaches. */
  token = "";
  /** What its process marks the records of its log with. */
  logToken = "";
  /** Slot of its process; -1 when it has none. */
  slot = -1;
  /** Connection of its process on the control socket; -1 when it has none. */
  connection = -1;
  /** How its last process ended: `"exit code 1"`, `"SIGKILL"`, or why it was ended. */
  lastEnd = "";
  /** Processes started so far. */
  starts = 0;
  readonly #options: SeatOptions;
  #process: Deno.ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #startedMs = 0;
  #quickDeaths = 0;
  /** Whether the process is being ended because it did not get ready in time. */
  #late = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param options See {@linkcode SeatOptions}. */
  constructor(options: SeatOptions) {
    this.#options = options;
    this.work = options.work;
  }

  /** The process's id; `undefined` while there is none. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Whether its processes die again and again soon after their start; no more when one has lived for a while. */
  get crashLoop(): boolean {
    const lives = this.#process !== undefined && this.state === "ready" &&
      performance.now() - this.#startedMs >= STABLE_MS;
    return this.#quickDeaths >= CRASH_LOOP_DEATHS && !lives;
  }

  /** Settles when the process that runs now has ended. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Starts a process. */
  start(): void {
    const { work, project, controlPath, runtimeDir } = this.#options;
    this.state = "starting";
    this.token = crypto.randomUUID();
    this.logToken = newLogToken();
    this.starts++;
    this.#startedMs = performance.now();
    const process = this.#process = spawnWorker({
      kind: work.kind,
      controlPath,
      token: this.token,
      project,
      sandbox: work.kind === "exec" ? work.sandbox : undefined,
      runtimeDir,
    });
    const { pid, stdout, stderr } = process;
    const output = new WorkerOutput(
      { pid, stdout, stderr, slot: () => this.slot },
      this.logToken,
      this.#options.output,
    );
    this.#timer = setTimeout(() => {
      this.#options.log.error("worker did not get ready in time", {
        pid: process.pid,
        ms: WORKER_START_MS,
      });
      this.#late = true;
      this.kill();
    }, WORKER_START_MS);
    this.#exited = process.status.then(async (status) => {
      await output.end(); // its last words come before the news of its end
      this.#ended(status);
    });
  }

  /** Its process is ready to work. */
  ready(): void {
    clearTimeout(this.#timer);
    this.state = "ready";
  }

  /** Its process cannot load its modules; it ends by itself. */
  failed(): void {
    clearTimeout(this.#timer);
    this.state = "failed";
    this.kill();
  }

  /** No new process is started; the one that runs is told by its slot to end. */
  drain(): void {
    clearTimeout(this.#timer);
    this.state = this.#process === undefined ? "ended" : "draining";
  }

  /** Ends the process at once. */
  kill(): void {
    try {
      this.#process?.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  /** Ends the process at once, and starts no other. */
  end(): void {
    clearTimeout(this.#timer);
    this.state = "ended";
    this.kill();
  }

  #ended(status: Deno.CommandStatus): void {
    clearTimeout(this.#timer);
    const { log } = this.#options;
    const pid = this.#process!.pid;
    this.#process = undefined;
    this.lastEnd = this.#late
      ? `its modules were not loaded after ${WORKER_START_MS} ms`
      : status.signal ?? `exit code ${status.code}`;
    this.#late = false;
    const wanted = this.state === "draining" || this.state === "ended";
    this.state = wanted ? "ended" : this.state;
    this.#options.onExit(this);
    if (wanted) return;
    const livedMs = performance.now() - this.#startedMs;
    this.#quickDeaths = livedMs < STABLE_MS ? this.#quickDeaths + 1 : 1;
    const pauseMs = Math.min(RESPAWN_MIN_MS * 2 ** (this.#quickDeaths - 1), RESPAWN_MAX_MS) *
      (0.5 + Math.random() / 2);
    const fields = {
      kind: this.work.kind,
      pid,
      why: this.lastEnd,
      nextInMs: Math.round(pauseMs),
    };
    if (this.crashLoop) log.error("worker keeps dying", { ...fields, deaths: this.#quickDeaths });
    else log.warn("worker died", fields);
    this.state = "waiting";
    this.#timer = setTimeout(() => this.start(), pauseMs);
  }
}
