/**
 * `mesh demo`: the portal example as it would run on three machines, on one: a web server and two exec
 * servers, each a `mesh run` of its own, in one temporary directory that goes when they go.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { fromFileUrl, join } from "@std/path";
import { parseAddress } from "../address.ts";
import { askServer } from "./admin_client.ts";
import { ChildServer } from "./child_server.ts";
import { howItEnded } from "../supervisor/child_process.ts";
import { type Arguments, ExitCode, type Io, UsageError } from "./command.ts";
import { DEMO_PREFIX, DEMO_WEB, SHARED_MEMORY } from "../shm/running_servers.ts";
import { onSignals } from "./signals.ts";
import type { Status } from "../server/status.ts";

/** Time the servers have to drain before they are killed, in ms: everything has ended within 5 s. */
const END_MS = 4_200;
/** Time the web server has to reach both exec servers, in ms. */
const LINKS_MS = 20_000;
/** Pause between two looks at the links, in ms. */
const LOOK_MS = 50;

const EXAMPLE = new URL("../examples/portal/", import.meta.url);

/**
 * Runs the portal until a signal ends it or its web server ends.
 *
 * @returns 0 after a signal; 1 when a server could not be started or the web server ended by itself.
 */
export async function demo(args: Arguments, io: Io): Promise<number> {
  if (Deno.build.standalone) {
    throw new Error(
      "the portal example is not in the compiled program: run ./mesh demo in a checkout",
    );
  }
  const listen = args.text("listen") ?? "127.0.0.1:8080";
  if (parseAddress(listen, { anyPort: true }) === null) {
    throw new UsageError(`--listen wants host:port, not ${JSON.stringify(listen)}`);
  }
  using signals = onSignals();
  const ended = Promise.withResolvers<void>();
  await using portal = await Portal.open(io, args.number("processes") ?? 1);
  signals.handle((count, signal) => {
    portal.end(count > 1 && signal === "SIGINT");
    ended.resolve();
  });
  const started = portal.start(listen);
  // Once a signal has ended it all, nobody waits for the start any more, and it fails.
  started.catch(() => {});
  const url = await Promise.race([started, ended.promise]);
  if (url === undefined) return ExitCode.DONE;
  await io.out(`${url}\n`);
  await io.err("mesh demo: one web server and two exec servers serve the portal; Ctrl-C ends them");
  await io.err(
    `mesh demo: mesh status, why and call ask its web server; for another, add --runtime-dir ${portal.directory}/exec-1`,
  );
  return await Promise.race([
    ended.promise.then(() => ExitCode.DONE),
    portal.webEnded.then(() => ExitCode.FAILED),
  ]);
}

/** The three servers and their directory. */
class Portal implements AsyncDisposable {
  readonly #io: Io;
  readonly #directory: string;
  readonly #processes: number;
  readonly #servers: ChildServer[] = [];
  readonly #webEnded = Promise.withResolvers<void>();
  #ending = false;

  private constructor(io: Io, directory: string, processes: number) {
    this.#io = io;
    this.#directory = directory;
    this.#processes = processes;
  }

  static async open(io: Io, processes: number): Promise<Portal> {
    // In memory like any runtime directory, and mode 0700 as makeTempDir() makes it.
    const directory = await Deno.makeTempDir({ dir: SHARED_MEMORY, prefix: DEMO_PREFIX });
    return new Portal(io, directory, processes);
  }

  /** Where the runtime directories of its servers are. */
  get directory(): string {
    return this.#directory;
  }

  /** Fulfilled when the web server ends without having been told to. */
  get webEnded(): Promise<void> {
    return this.#webEnded.promise;
  }

  /** Starts everything; gives the portal's address once the web server reaches every service. */
  async start(listen: string): Promise<string> {
    const execs = await Promise.all(
      ["exec-1", "exec-2"].map((name) => this.#run(name, "exec.json", ["--link", "127.0.0.1:0"])),
    );
    const connect = execs.map((ready) => field(ready, "link")).join(",");
    const ready = await this.#run(DEMO_WEB, "web.json", ["--listen", listen, "--connect", connect]);
    await this.#linked(execs.length);
    return `http://${field(ready, "web")}/`;
  }

  /** Ends every server; does not wait for it. */
  end(force: boolean): void {
    this.#ending = true;
    for (const server of this.#servers) server.kill(force ? "SIGKILL" : "SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end(false);
    const timer = setTimeout(() => this.end(true), END_MS);
    await Promise.all(this.#servers.map((server) => server.status));
    clearTimeout(timer);
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #run(name: string, config: string, flags: readonly string[]): Promise<string> {
    if (this.#ending) throw new Error(`${name} is not started: the demo ends`);
    const server = new ChildServer(
      [
        ...["run", "--config", fromFileUrl(new URL(config, EXAMPLE)), "--name", name],
        ...["--runtime-dir", join(this.#directory, name)],
        ...["--processes", String(this.#processes), "--log-level", "warn", ...flags],
      ],
      this.#environment(),
    );
    this.#servers.push(server);
    void server.status.then((status) => this.#gone(name, status));
    const ready = await server.ready;
    if (ready === undefined) throw new Error(`${name} could not be started`);
    return ready;
  }

  /** This process's environment without settings of ours: the servers have theirs from here alone. */
  #environment(): Record<string, string> {
    const others = Object.entries(this.#io.env).flatMap(([name, value]) =>
      value === undefined || name.startsWith("MESH_") ? [] : [[name, value] as const]
    );
    return {
      ...Object.fromEntries(others),
      PORTAL_DB: join(this.#directory, "portal.db"),
    };
  }

  async #gone(name: string, status: Deno.CommandStatus): Promise<void> {
    if (this.#ending) return;
    await this.#io.err(`mesh demo: ${name} has ended with ${howItEnded(status)}`);
    if (name === DEMO_WEB) this.#webEnded.resolve();
  }

  /** Waits until the web server has a link to so many others. */
  async #linked(count: number): Promise<void> {
    const deadline = performance.now() + LINKS_MS;
    while (!this.#ending) {
      const status = await askServer<Status>(join(this.#directory, DEMO_WEB), "/status");
      if (status.links.filter(({ state }) => state === "connected").length >= count) return;
      if (performance.now() > deadline) {
        const links = status.links.map(({ address, state }) => `${address} ${state}`).join(", ");
        throw new Error(`the web server does not reach the exec servers: ${links || "no link"}`);
      }
      await delay(LOOK_MS);
    }
  }
}

/** The value of a field of a ready line. */
function field(ready: string, name: string): string {
  const value = ready.split(" ").find((word) => word.startsWith(`${name}=`))?.slice(
    name.length + 1,
  );
  if (value === undefined) throw new Error(`the ready line has no ${name}: ${ready}`);
  return value;
}
