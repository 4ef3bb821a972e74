/**
 * For system tests: a running `mesh demo`, whose exec servers can be killed, stopped and started again.
 *
 * @module
 */
import { askServer } from "../../cli/admin_client.ts";
import { project, type SpawnedMesh } from "./spawned_mesh.ts";
import type { Status } from "../../server/status.ts";

/** A process as /proc shows it. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly words: readonly string[];
}

/** One server of the demo. */
export interface DemoServer {
  readonly name: string;
  /** Process id of its `mesh run`. */
  readonly pid: number;
  /** Process ids of its workers. */
  readonly workers: readonly number[];
  readonly runtimeDir: string;
  readonly words: readonly string[];
}

/** `mesh demo` on a free port. */
export class PortalDemo implements AsyncDisposable {
  /** The portal's origin. */
  readonly url: string;
  readonly #demo: SpawnedMesh;
  readonly #opened: AsyncDisposableStack;

  private constructor(url: string, demo: SpawnedMesh, opened: AsyncDisposableStack) {
    this.url = url;
    this.#demo = demo;
    this.#opened = opened;
  }

  /** Starts it and waits until it serves. */
  static async start(): Promise<PortalDemo> {
    await using opened = new AsyncDisposableStack();
    const directory = opened.use(await project({}));
    const demo = opened.use(directory.start("demo", "--listen", "127.0.0.1:0"));
    const line = await demo.firstLine;
    if (line === undefined) throw new Error((await demo.ended).stderr);
    return new PortalDemo(line.replace(/\/$/, ""), demo, opened.move());
  }

  /** The server of that name that the demo has started. */
  async server(name: string): Promise<DemoServer> {
    const all = await processes();
    const found = all.find(({ parent, words }) =>
      parent === this.#demo.pid && after(words, "--name") === name
    );
    if (found === undefined) throw new Error(`the demo runs no ${name}`);
    const workers = all.filter(({ parent }) => parent === found.pid).map(({ pid }) => pid);
    const runtimeDir = after(found.words, "--runtime-dir") ?? "";
    return { name, pid: found.pid, workers, runtimeDir, words: found.words };
  }

  /** Kills a server without warning; what it gives starts the server again. */
  async kill(name: string): Promise<() => Promise<void>> {
    const server = await this.server(name);
    const web = await this.server("web-1");
    const { links } = await askServer<Status>(web.runtimeDir, "/status");
    const address = links.find(({ peer }) => peer === name)?.address;
    if (address === undefined) throw new Error(`the web server has no link to ${name}`);
    const env = await environment(server.pid);
    Deno.kill(server.pid, "SIGKILL");
    return () => this.#startAgain(server, address, env);
  }

  /** Stops or continues processes; disposing of the demo continues those that are still stopped. */
  signal(signal: "SIGSTOP" | "SIGCONT", pids: readonly number[]): void {
    for (const pid of pids) {
      Deno.kill(pid, signal);
      if (signal === "SIGSTOP") this.#opened.defer(() => continueProcess(pid));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }

  /** Starts a server as the demo had started it, where the web server looks for it. */
  async #startAgain(server: DemoServer, link: string, env: Record<string, string>): Promise<void> {
    const [, ...args] = server.words;
    args[args.indexOf("--link") + 1] = link;
    const child = new Deno.Command(Deno.execPath(), {
      args,
      env,
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const stderr = new Response(child.stderr).text();
    let running = true;
    const status = child.status.finally(() => running = false);
    this.#opened.defer(async () => {
      if (running) child.kill("SIGTERM");
      await Promise.all([status, reader.cancel(), stderr]);
    });
    const { done } = await reader.read();
    if (done) throw new Error(`${server.name} did not start again:\n${await stderr}`);
  }
}

function continueProcess(pid: number): void {
  try {
    Deno.kill(pid, "SIGCONT");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The word after a flag. */
function after(words: readonly string[], flag: string): string | undefined {
  const index = words.indexOf(flag);
  return index < 0 ? undefined : words[index + 1];
}

/** Without settings of mesh: those tie a server to the life of its demo. */
async function environment(pid: number): Promise<Record<string, string>> {
  const text = await Deno.readTextFile(`/proc/${pid}/environ`);
  const entries = text.split("\0").filter((entry) => entry !== "").map((entry) => {
    const equals = entry.indexOf("=");
    return [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  return Object.fromEntries(entries.filter(([name]) => !name!.startsWith("MESH_")));
}

/** Everything that runs. */
async function processes(): Promise<Process[]> {
  const found: Process[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // A process may end while it is looked at.
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    // The name in the second field may itself hold blanks and parentheses.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === undefined || state === "" || state === "Z") continue;
    const words = command.replace(/\0$/, "").split("\0");
    found.push({ pid: Number(name), parent: Number(parent), words });
  }
  return found;
}
