/**
 * A server started by this program as a process of its own.
 *
 * @module
 */
import { STDIN_ENV } from "../config/variables.ts";
import { meshInvocation } from "./program.ts";

/** See the module's description. Its stderr is this process's; when this process ends, it drains. */
export class ChildServer {
  /** Its ready line; `undefined` when it ended before it served. */
  readonly ready: Promise<string | undefined>;
  /** Fulfilled when it has ended and its output is read. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  #ended = false;

  /**
   * @param words The command line, `run` first.
   * @param env Its whole environment.
   */
  constructor(words: readonly string[], env: Record<string, string>) {
    const { command, args } = meshInvocation(words);
    this.#process = new Deno.Command(command, {
      args: [...args],
      env: { ...env, [STDIN_ENV]: "1" },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const line = Promise.withResolvers<string | undefined>();
    this.ready = line.promise;
    const read = this.#read(line.resolve);
    this.status = this.#process.status.then(async (status) => {
      this.#ended = true;
      await this.#process.stdin.close().catch(() => {}); // nobody reads it any more
      await read;
      return status;
    });
  }

  /** Sends a signal, unless the process has ended. */
  kill(signal: Deno.Signal): void {
    if (this.#ended) return;
    try {
      this.#process.kill(signal);
    } catch (error) {
      // Deno knows of its end a moment before its status is settled.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  async #read(onLine: (line: string | undefined) => void): Promise<void> {
    let text = "";
    for await (const chunk of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) onLine(text.slice(0, end));
    }
    onLine(undefined);
  }
}
