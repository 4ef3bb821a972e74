/**
 * For system tests of routing: several servers as real processes, which can be killed, stopped, started
 * again and reconfigured one by one.
 *
 * @module
 */
import { meshInvocation } from "../../cli/program.ts";
import { native } from "../../native/ffi.ts";
import { FleetServer } from "./fleet_server.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

/** Settings of a server, as in `mesh.json`, and where it runs. */
export interface FleetSettings extends Record<string, unknown> {
  /** The server's name. */
  readonly name: string;
}

/** Servers in one temporary directory; disposing ends them and removes it. */
export class Fleet implements AsyncDisposable {
  /** Where everything is: `<name>.json`, `<name>/` (the runtime directory), `services/`. */
  readonly directory: string;
  readonly #servers = new Map<string, FleetServer>();

  private constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * Makes a directory with modules in it; servers are started by {@linkcode start}.
   *
   * @param modules Path → code.
   */
  static async open(modules: Readonly<Record<string, string>>): Promise<Fleet> {
    // Short: the path of a socket has 107 bytes.
    const directory = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mesh-fleet-" });
    for (const [path, code] of Object.entries(modules)) {
      await Deno.mkdir(`${directory}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${directory}/${path}`, code);
    }
    return new Fleet(directory);
  }

  /**
   * Settings of an exec server with one process that runs `services/*.js`.
   *
   * @param name Its name.
   * @param more Laid over them.
   */
  exec(name: string, more: Record<string, unknown> = {}): FleetSettings {
    return {
      name,
      roles: ["exec"],
      exec: { services: [`${this.directory}/services/*.js`], processes: 1 },
      link: { listen: "127.0.0.1:0" },
      ...more,
    };
  }

  /**
   * Settings of a web server with one process that runs `site.js` and dials other servers.
   *
   * @param name Its name.
   * @param connect Addresses of the others.
   * @param groups The proxy groups.
   * @param more Laid over them.
   */
  web(
    name: string,
    connect: readonly string[],
    groups: Record<string, unknown>,
    more: Record<string, unknown> = {},
  ): FleetSettings {
    return {
      name,
      roles: ["web"],
      web: { listen: "127.0.0.1:0", site: `${this.directory}/site.js`, processes: 1 },
      link: { connect },
      groups,
      ...more,
    };
  }

  /**
   * Starts servers side by side and waits until they serve.
   *
   * @param settings Their settings.
   * @param within The beginning of a command line that `mesh run` is the rest of.
   */
  async start(
    settings: readonly FleetSettings[],
    within: readonly string[] = [],
  ): Promise<FleetServer[]> {
    const started = await Promise.allSettled(settings.map(async (own) => {
      const { name } = own;
      const server = new FleetServer({
        name,
        runtimeDir: `${this.directory}/${name}`,
        configPath: `${this.directory}/${name}.json`,
        settings: { limits: { drainMs: 1_000 }, ...own },
        command: (words) => {
          const { command, args } = meshInvocation(words);
          return [...within, command, ...args] as [string, ...string[]];
        },
      });
      this.#servers.set(name, server);
      await server.start();
      return server;
    }));
    return started.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
  }

  /** What the servers have written to stderr. */
  log(): string {
    return [...this.#servers.values()].map(({ log }) => log).join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Those that call first: their calls still need the others.
    for (const server of [...this.#servers.values()].toReversed()) await server.end();
    await Deno.remove(this.directory, { recursive: true });
  }
}
