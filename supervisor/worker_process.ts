/**
 * One worker process, from outside: it is started, shows its token when it attaches, and is gone one day.
 *
 * @module
 */
import { newLogToken } from "../observe/log_pieces.ts";
import { withAdvice } from "../worker/advice.ts";
import { ChildProcess, howItEnded } from "./child_process.ts";
import { spawnWorker } from "./spawn.ts";
import { firstModule } from "./staff.ts";
import type { UserProject } from "./user_project.ts";
import type { Assignment } from "../worker/assignment.ts";
import { type OutputHost, WorkerOutput } from "./worker_output.ts";

/** What a process is started with. */
export interface WorkerProcessOptions {
  readonly work: Assignment;
  readonly project: UserProject;
  readonly controlPath: string;
  /** Where its import map is written. */
  readonly importMapPath: string;
  /** What reads its output. */
  readonly output: OutputHost;
  /** The slot of a process; `undefined`: it has none. */
  slotOf(process: WorkerProcess): number | undefined;
  /** It has ended: `"exit code 1"`, `"SIGKILL"`, … */
  onExit(how: string): void;
}

/** A worker process, from its start to its end. */
export class WorkerProcess {
  /** What it shows when it attaches. */
  readonly token = crypto.randomUUID();
  /** What it marks the lines of its log with. */
  readonly logToken = newLogToken();
  /** Errors that its user code did not catch. */
  uncaught = 0;
  /** Settles when it has ended. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #slotOf: WorkerProcessOptions["slotOf"];

  /**
   * Starts it.
   *
   * @param options What it is started with.
   * @throws Whatever the operating system, or a runtime directory that is full or gone, has against it.
   */
  constructor(options: WorkerProcessOptions) {
    const { work, project, controlPath, importMapPath, slotOf, onExit } = options;
    this.#slotOf = slotOf;
    const process = spawnWorker({
      kind: work.kind,
      controlPath,
      token: this.token,
      project,
      sandbox: work.kind === "exec" ? work.sandbox : undefined,
      importMapPath,
    });
    this.#child = new ChildProcess(process);
    const { pid, stdout, stderr } = process;
    const source = { pid, stdout, stderr, slot: () => this.slot };
    const output = new WorkerOutput(source, this.logToken, options.output);
    this.exited = this.#child.ended.then(async (status) => {
      await output.end(); // its last words come before the news of its end
      const { startError } = output;
      const why = startError && `: ${withAdvice(startError, firstModule(work))}`;
      onExit(`${howItEnded(status)}${why}`);
    });
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Its slot; `undefined` while it has none. */
  get slot(): number | undefined {
    return this.#slotOf(this);
  }

  /** Ends it at once. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
