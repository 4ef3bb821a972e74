/**
 * One `mesh run` as a process of its own.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
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

/** See the module's description. */
export class ServerProcess {
  /** Its name. */
  readonly name: string;
  /** Its runtime directory. */
  readonly runtimeDir: string;
  readonly #child: Deno.ChildProcess;
  readonly #ready = Promise.withResolvers<string | undefined>();
  readonly #ended: Promise<Deno.CommandStatus>;
  #running = true;
  #stderr = "";

  private constructor(options: ServerProcessOptions) {
    this.name = options.name;
    this.runtimeDir = options.runtimeDir;
    const root = fileURLToPath(new URL("..", import.meta.url));
    this.#child = new Deno.Command(Deno.execPath(), {
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
    const stdout = read(this.#child.stdout, (text) => {
      const end = text.indexOf("\n");
      if (end >= 0) this.#ready.resolve(text.slice(0, end));
    });
    const stderr = read(this.#child.stderr, (text) => this.#stderr = text);
    this.#ended = this.#child.status.then(async (status) => {
      this.#running = false;
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
      server.#kill("SIGKILL");
    }, options.startMs);
    const ready = await server.#ready.promise;
    clearTimeout(timer);
    if (ready !== undefined && !late) return server;
    const { code } = await server.#ended;
    throw new MeshError(
      "UNAVAILABLE",
      `server ${options.name} ${
        late ? `was not ready within ${options.startMs} ms` : `ended with exit code ${code}`
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
    this.#kill("SIGTERM");
    const timer = setTimeout(() => this.#kill("SIGKILL"), atMostMs);
    await this.#ended;
    clearTimeout(timer);
  }

  #kill(signal: Deno.Signal): void {
    if (this.#running) this.#child.kill(signal);
  }
}

async function read(
  stream: ReadableStream<Uint8Array>,
  onText: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) onText(text += decoder.decode(chunk, { stream: true }));
}
