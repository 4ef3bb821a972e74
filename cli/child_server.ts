/**
 * A server started by this program as a process of its own.
 *
 * @module
 */
import { STDIN_ENV } from "../config/variables.ts";
import { ChildProcess, firstLineOf, readText } from "../supervisor/child_process.ts";
import { meshInvocation } from "./program.ts";

/** A server as a child process. Its stderr is this process's; when this process ends, it drains. */
export class ChildServer {
  /** Its ready line; `undefined` when it ended before it served. */
  readonly ready: Promise<string | undefined>;
  /** Fulfilled when it has ended and its output is read. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: ChildProcess;

  /**
   * @param words The command line, `run` first.
   * @param env Its whole environment.
   */
  constructor(words: readonly string[], env: Record<string, string>) {
    const { command, args } = meshInvocation(words);
    const process = new Deno.Command(command, {
      args: [...args],
      env: { ...env, [STDIN_ENV]: "1" },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#child = new ChildProcess(process);
    const line = Promise.withResolvers<string | undefined>();
    this.ready = line.promise;
    const read = readText(process.stdout, (text) => {
      const first = firstLineOf(text);
      if (first !== undefined) line.resolve(first);
    });
    this.status = this.#child.ended.then(async (status) => {
      await process.stdin.close().catch(() => {}); // nobody reads it any more
      await read;
      line.resolve(undefined);
      return status;
    });
  }

  /** Sends a signal, unless the process has ended. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }
}
