/**
 * For tests of services and sites: a small but real mesh of server processes, in temporary directories
 * and on free ports. Import name `mesh/testing`.
 *
 * @module
 */
import { existsSync, mkdirSync } from "node:fs";
import { attach, type AttachedMesh } from "./client/attach.ts";
import type { Mesh } from "./client/types.ts";
import { DRAIN_MS } from "./limits.ts";
import { native } from "./native/ffi.ts";
import { waitUntilLinked } from "./testing/linked.ts";
import { type CheckedMeshOptions, checkedMeshOptions } from "./testing/mesh_options.ts";
import { ServerProcess } from "./testing/server_process.ts";

// Now, and not in the first test that starts a mesh: its leak sanitizer would report an open library.
native();

/** What {@linkcode startMesh} starts. Relative paths start at the current directory. */
export interface TestMeshOptions {
  /** The services: modules (paths or `file:` URLs), globs, or directories of modules. */
  services: string | URL | readonly (string | URL)[];
  /** The site's module. Default: one that answers 404 to everything. */
  site?: string | URL;
  /** Exec processes of each server that runs the services. Default 1. */
  processes?: number;
  /** Web processes. Default 1. */
  webProcesses?: number;
  /**
   * Servers that run the services; a call reaches them over a TCP link. 0: the services run on the web
   * server itself. Default 1.
   */
  execServers?: number;
  /** Slots of each server. Default: as `mesh run` chooses. */
  slots?: number;
  /** Bytes of each of a slot's two spaces, a power of two from 2048. Default 262144. */
  spaceBytes?: number;
  /** Further settings of every server, as in `mesh.json`: `groups`, `limits`, `log`, `web.cookie`, … */
  config?: Readonly<Record<string, unknown>>;
  /** Variables added to the servers' environment, which is this process's without its `MESH_*`. */
  env?: Readonly<Record<string, string>>;
  /** How long each server may take until it serves, in ms. Default 30000. */
  startMs?: number;
}

/** A server of a {@linkcode TestMesh}. */
export interface TestServer {
  /** `web-1`, `exec-1`, `exec-2`, … */
  readonly name: string;
  /** Process id of its `mesh run`. */
  readonly pid: number;
  /** Its runtime directory, for {@linkcode attach} and `mesh status`. */
  readonly runtimeDir: string;
  /** `host:port` by what is served there: `web`, `link`, `admin` as they apply. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** A mesh that runs until it is disposed: `await using mesh = await startMesh(…)`. */
export interface TestMesh extends AsyncDisposable {
  /** Where the site is served: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** The mesh as a program sees it that is attached to the web server. */
  readonly mesh: Mesh;
  /** The servers: the web server first. */
  readonly servers: readonly TestServer[];
  /** Their runtime directories, in the same order. */
  readonly runtimeDirs: readonly string[];
  /** What the servers and their workers have written to stderr so far. */
  log(): string;
}

/** Time a server has to end after SIGTERM before it is killed, in ms. */
const END_MS = DRAIN_MS + 2_500;
const START_MS = 30_000;

/**
 * Starts a mesh: one web server, and servers that run the services, each a `mesh run` of its own.
 *
 * The test needs the permissions `--allow-all`. Start a mesh and dispose of it in the same test, or
 * Deno's leak sanitizers report its processes.
 *
 * @param given What to start.
 * @returns The mesh, when every server serves and the web server is linked to the others.
 * @throws {MeshError} `UNAVAILABLE` when a server does not start, with what it wrote to stderr; nothing
 *   is left running then. `INVALID_ARGUMENT` for a wrong option, before anything is started.
 *
 * @example
 * ```ts no-run
 * import { startMesh } from "mesh/testing";
 *
 * Deno.test("a quote has a price", async () => {
 *   await using portal = await startMesh({ services: "services", site: "site.ts" });
 *   const quote = await portal.mesh.call<{ price: number }>("quotes.price", { symbol: "YHOO" });
 *   if (!(quote.price > 0)) throw new Error(`seen: ${quote.price}`);
 *   const page = await fetch(`${portal.url}/`);
 *   if (!(await page.text()).includes("YHOO")) throw new Error("the page has no quote");
 * });
 * ```
 */
export async function startMesh(given: TestMeshOptions): Promise<TestMesh> {
  const options = checkedMeshOptions(given);
  await using opened = new AsyncDisposableStack();
  // In memory where there is such a directory, and short: the path of a socket has 107 bytes.
  const parent = existsSync("/dev/shm") ? { dir: "/dev/shm" } : {};
  const directory = Deno.makeTempDirSync({ ...parent, prefix: "mesh-test-" });
  opened.defer(() => Deno.removeSync(directory, { recursive: true }));
  const launcher = new Launcher(directory, options);
  opened.defer(() => launcher.end());

  const { execServers = 1, services } = options;
  const exec = { services, processes: options.processes ?? 1 };
  const execs = await launcher.start(
    Array.from({ length: execServers }, (_, i) => ({
      name: `exec-${i + 1}`,
      roles: ["exec"],
      exec,
      link: { listen: "127.0.0.1:0" },
    })),
  );
  const [web] = await launcher.start([{
    name: "web-1",
    roles: execServers === 0 ? ["web", "exec"] : ["web"],
    web: {
      listen: "127.0.0.1:0",
      site: options.site ?? emptySite(directory),
      processes: options.webProcesses ?? 1,
    },
    ...(execServers === 0 ? { exec } : {}),
    link: { connect: execs.map(({ addresses }) => addresses.link) },
  }]);
  if (web === undefined) throw new Error("a server was started, and is not there");
  await waitUntilLinked(web.runtimeDir, execServers, options.startMs ?? START_MS);
  const mesh = opened.use(await attach({ runtimeDir: web.runtimeDir }));
  return new StartedMesh([web, ...execs], mesh, launcher, opened.move());
}

class StartedMesh implements TestMesh {
  readonly url: string;
  readonly mesh: Mesh;
  readonly servers: readonly TestServer[];
  readonly runtimeDirs: readonly string[];
  readonly #launcher: Launcher;
  readonly #opened: AsyncDisposableStack;

  constructor(
    servers: readonly TestServer[],
    mesh: AttachedMesh,
    launcher: Launcher,
    opened: AsyncDisposableStack,
  ) {
    this.url = `http://${servers[0]!.addresses.web}`;
    this.mesh = mesh;
    this.servers = servers;
    this.runtimeDirs = servers.map(({ runtimeDir }) => runtimeDir);
    this.#launcher = launcher;
    this.#opened = opened;
  }

  log(): string {
    return this.#launcher.log();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

/** Starts the servers of a mesh, and ends them. */
class Launcher {
  readonly #directory: string;
  readonly #options: CheckedMeshOptions;
  readonly #processes: ServerProcess[] = [];

  constructor(directory: string, options: CheckedMeshOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Starts servers side by side; fails when one does, and only when the others have been started, too. */
  async start(settings: (Record<string, unknown> & { name: string })[]): Promise<TestServer[]> {
    const started = await Promise.allSettled(settings.map((own) => this.#start(own)));
    return started.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
  }

  async end(): Promise<void> {
    // The web server first: its pages still call the others.
    const [web, ...others] = this.#processes.toReversed();
    await web?.end(END_MS);
    await Promise.all(others.map((process) => process.end(END_MS)));
  }

  log(): string {
    return this.#processes.map(({ stderr }) => stderr).join("");
  }

  async #start(own: Record<string, unknown> & { name: string }): Promise<TestServer> {
    const { config = {}, env = {}, slots, spaceBytes, startMs = START_MS } = this.#options;
    const { name } = own;
    const runtimeDir = `${this.#directory}/${name}`;
    const configPath = `${this.#directory}/${name}.json`;
    mkdirSync(runtimeDir, { mode: 0o700 });
    const shm = {
      runtimeDir,
      ...(slots === undefined ? {} : { slots }),
      ...(spaceBytes === undefined ? {} : { spaceBytes }),
    };
    Deno.writeTextFileSync(configPath, JSON.stringify(merged(config, { ...own, shm })));
    const process = await ServerProcess.start({
      name,
      runtimeDir,
      configPath,
      env: { ...environment(), ...env },
      startMs,
    });
    this.#processes.push(process);
    return { name, pid: process.pid, runtimeDir, addresses: await process.addresses() };
  }
}

/** Sections of `own` are laid over those of `base`; all else replaces. */
function merged(
  base: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(own)) {
    const before = result[name];
    result[name] = isSection(before) && isSection(value) ? { ...before, ...value } : value;
  }
  return result;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** This process's environment without settings of mesh: the servers have theirs from their files alone. */
function environment(): Record<string, string> {
  const all = Object.entries(Deno.env.toObject());
  return {
    ...Object.fromEntries(all.filter(([name]) => !name.startsWith("MESH_"))),
    NO_COLOR: "1",
  };
}

function emptySite(directory: string): string {
  const path = `${directory}/site.js`;
  Deno.writeTextFileSync(
    path,
    `export default { fetch: () => new Response("this mesh has no site\\n", { status: 404 }) };\n`,
  );
  return path;
}
