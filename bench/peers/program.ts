/**
 * A program of the benchmark, in a process of its own.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";

/** A program that is ready. */
export class Program implements AsyncDisposable {
  /** The line it announced. */
  readonly line: string;
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, line: string) {
    this.#child = child;
    this.line = line;
  }

  /**
   * Starts a program and waits for its line.
   *
   * @param module Path of its module, relative to `bench/`.
   * @param args Its arguments.
   */
  static async start(module: string, ...args: string[]): Promise<Program> {
    const path = (name: string) => fromFileUrl(new URL(`../${name}`, import.meta.url));
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--config", path("../deno.json"), path(module), ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes("\n")) return new Program(child, text.trim());
    }
    const { code } = await child.status;
    throw new Error(`${module} ended with exit code ${code} instead of serving`);
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.status;
  }
}
