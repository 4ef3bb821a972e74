/**
 * One `mesh run` as a process of its own.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { ChildProcess, firstLineOf, howItEnded, readText } from "../supervisor/child_process.ts";
import { PROXY_V8_FLAGS, unlessOverridden } from "../supervisor/v8_flags.ts";
import { MeshError } from "../errors.ts";

/** What a server is started with. */
export interface ServerProcessOptions {
  /** Its name. */
  readonly name: string;
  /** Its runtime directory. */
  readonly runtimeDir: string;
  /** Path of its `mesh.json`. */
  readonly configPath: string;
  /** Its whole environment. */
  readonly env: Record<string, string>;
  /** How long it may take until it serves, in ms. */
  readonly startMs: number;
}

/** A server that a test has started. */
export class ServerProcess {
  /** Its name. */
  readonly name: string;
  /** Its runtime directory. */
  readonly runtimeDir: string;
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<string | undefined>();
  readonly #ended: Promise<Deno.CommandStatus>;
  #stderr = "";

  private constructor(options: ServerProcessOptions) {
    this.name = options.name;
    this.runtimeDir = options.runtimeDir;
    const root = fileURLToPath(new URL("..", import.meta.url));
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--allow-all", "--no-prompt", "--unstable-net", "--no-lock"],
        ...unlessOverridden(PROXY_V8_FLAGS),
        ...["--config", `${root}deno.json`, `${root}main.ts`],
        ...["run", "--config", options.configPath],
      ],
      // As ./mesh has it.
      env: { MALLOC_ARENA_MAX: "1", ...options.env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#child = new ChildProcess(process);
    const stdout = readText(process.stdout, (text) => {
      const first = firstLineOf(text);
      if (first !== undefined) this.#ready.resolve(first);
    });
    const stderr = readText(process.stderr, (text) => this.#stderr = text);
    this.#ended = this.#child.ended.then(async (status) => {
      await Promise.all([stdout, stderr]);
      this.#ready.resolve(undefined);
      return status;
    });
  }

  /**
   * Starts a server and waits until it serves.
   *
   * @param options What it is started with.
   * @throws {MeshError} `UNAVAILABLE` when it ends or takes too long instead; its stderr is in the message.
   */
  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    const server = new ServerProcess(options);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      server.#child.kill("SIGKILL");
    }, options.startMs);
    const ready = await server.#ready.promise;
    clearTimeout(timer);
    if (ready !== undefined && !late) return server;
    const status = await server.#ended;
    throw new MeshError(
      "UNAVAILABLE",
      `server ${options.name} ${
        late ? `was not ready within ${options.startMs} ms` : `ended with ${howItEnded(status)}`
      }; its stderr:\n${server.stderr}`,
      { started: false },
    );
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** What it has written to stderr so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** The addresses of its ready line: `web`, `link` and `admin` as they apply. */
  async addresses(): Promise<Record<string, string>> {
    const words = (await this.#ready.promise ?? "").split(" ").slice(1);
    const pairs = words.map((word) => word.split("=", 2) as [string, string]);
    return Object.fromEntries(pairs.filter(([name]) => name !== "name" && name !== "roles"));
  }

  /**
   * Ends it: SIGTERM, and SIGKILL if it has not ended in time.
   *
   * @param atMostMs How long it may drain, in ms.
   */
  async end(atMostMs: number): Promise<void> {
    await this.#child.end(atMostMs);
    await this.#ended;
  }
}
