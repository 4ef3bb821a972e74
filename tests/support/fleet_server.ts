/**
 * One server of a {@linkcode Fleet}: its process, its configuration, and what it says about itself.
 *
 * @module
 */
import { attach, type AttachedMesh } from "../../client/attach.ts";
import type { Explanation, GroupServerSnapshot, GroupSnapshot } from "../../routing/types.ts";
import type { Status } from "../../server/status.ts";
import { ChildProcess, firstLineOf, readText } from "../../supervisor/child_process.ts";
import { until } from "../chaos/support/servers.ts";

/** A server that has not said in this time that it serves never will, in ms. */
const START_MS = 60_000;
/** A server that has not ended this long after SIGTERM is killed, in ms. */
const END_MS = 4_000;

/** What a server is made of. */
export interface FleetServerOptions {
  readonly name: string;
  readonly runtimeDir: string;
  readonly configPath: string;
  readonly settings: Record<string, unknown>;
  /** The command line that runs `mesh` with these words. */
  command(words: readonly string[]): [string, ...string[]];
}

/** Its process, which a test starts, kills and asks. */
export class FleetServer {
  readonly name: string;
  readonly runtimeDir: string;
  /** What it has written to stderr. */
  log = "";
  readonly #options: FleetServerOptions;
  #settings: Record<string, unknown>;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #addresses: Record<string, string> = {};

  /** @param options See {@linkcode FleetServerOptions}; nothing runs before {@linkcode start}. */
  constructor(options: FleetServerOptions) {
    this.name = options.name;
    this.runtimeDir = options.runtimeDir;
    this.#options = options;
    this.#settings = options.settings;
  }

  /** Where other servers dial in. */
  get link(): string {
    return this.#addresses.link!;
  }

  /** Where browsers are served. */
  get url(): string {
    return `http://${this.#addresses.web}`;
  }

  /** Starts it, for the first time or again (then at the same addresses), and waits until it serves. */
  async start(): Promise<void> {
    for (const [name, listen] of Object.entries(this.#addresses)) {
      // It starts again: the others must find it where it was.
      const section = this.#settings[name] as Record<string, unknown>;
      this.#settings = { ...this.#settings, [name]: { ...section, listen } };
    }
    this.#write();
    const [command, ...args] = this.#options.command(["run", "--config", this.#options.configPath]);
    const { HOME = "/", PATH = "" } = Deno.env.toObject();
    const process = new Deno.Command(command, {
      args,
      env: { HOME, PATH, NO_COLOR: "1" },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const child = this.#child = new ChildProcess(process);
    const ready = Promise.withResolvers<string | undefined>();
    const stdout = readText(process.stdout, (text) => {
      const first = firstLineOf(text);
      if (first !== undefined) ready.resolve(first);
    });
    const before = this.log;
    const stderr = readText(process.stderr, (text) => this.log = before + text);
    // Its workers may keep its output open for a while after it has ended.
    this.#ended = child.ended.then(async () => {
      ready.resolve(undefined);
      await Promise.all([stdout, stderr]);
    });
    const timer = setTimeout(() => ready.resolve(undefined), START_MS);
    const line = await ready.promise;
    clearTimeout(timer);
    if (line === undefined) throw new Error(`${this.name} does not serve; its log:\n${this.log}`);
    for (const [, name, address] of line.matchAll(/\b(link|web)=(\S+)/g)) {
      this.#addresses[name!] = address!;
    }
  }

  /** Sends a signal to its `mesh run`. */
  signal(signal: Deno.Signal): void {
    this.#child?.kill(signal);
  }

  /** Kills it and waits until it and its workers are gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }

  /** Ends it in good order, a stopped one too. */
  async end(): Promise<void> {
    this.signal("SIGCONT");
    await this.#child?.end(END_MS);
    await this.#ended;
  }

  /** Joins the mesh by a slot of this server. */
  attach(): Promise<AttachedMesh> {
    return attach({ runtimeDir: this.runtimeDir });
  }

  /** What it says about itself. */
  async status(): Promise<Status> {
    return JSON.parse((await this.#admin("GET", "/status")).body);
  }

  /** Its exec processes. */
  async execPids(): Promise<number[]> {
    const { slots } = await this.status();
    return slots.flatMap(({ kind, pid }) => kind === "exec" && pid !== null ? [pid] : []);
  }

  /** A group, as its status shows it. */
  async group(name: string): Promise<GroupSnapshot> {
    const group = (await this.status()).groups.find((group) => group.name === name);
    if (group === undefined) throw new Error(`${this.name} has no group "${name}"`);
    return group;
  }

  /** A server of a group, as its status shows it; `undefined` when it is not in it. */
  async member(group: string, server: string): Promise<GroupServerSnapshot | undefined> {
    return (await this.group(group)).servers.find(({ name }) => name === server);
  }

  /** How it would decide a call of a service. */
  async why(service: string): Promise<Explanation> {
    return JSON.parse((await this.#admin("GET", `/why?service=${service}`)).body);
  }

  /** How it would decide a call of a service with a key. */
  async explain(service: string, key: string): Promise<Explanation> {
    const query = new URLSearchParams({ service, key });
    return JSON.parse((await this.#admin("GET", `/why?${query}`)).body);
  }

  /** How often each server was picked for services of a group. */
  async picks(group: string): Promise<Record<string, number>> {
    const { servers } = await this.group(group);
    return Object.fromEntries(servers.map(({ name, picked }) => [name, picked]));
  }

  /** Waits until it has links to these servers. */
  async linked(...peers: readonly string[]): Promise<void> {
    await until(`${this.name} is linked to ${peers}`, async () => {
      const { links } = await this.status();
      return peers.every((peer) =>
        links.some((link) => link.peer === peer && link.state === "connected")
      );
    });
  }

  /** Waits until it has no link to a server. */
  async unlinked(peer: string): Promise<void> {
    await until(`${this.name} has lost ${peer}`, async () => {
      const { links } = await this.status();
      return !links.some((link) => link.peer === peer && link.state === "connected");
    });
  }

  /**
   * Waits until it has no call under way, and checks its books: every request has ended in one way.
   */
  async settled(): Promise<void> {
    const { counters } = await until(`${this.name} has no call under way`, async () => {
      const status = await this.status();
      const inFlight = status.groups.flatMap(({ servers }) => servers).map((s) => s.inFlight);
      return status.counters.openCalls === 0 && inFlight.every((n) => n === 0) ? status : undefined;
    });
    const failed = Object.values(counters.failed).reduce((sum, n) => sum + n, 0);
    if (counters.requests !== counters.ok + failed + counters.refused) {
      throw new Error(`${this.name}: requests and outcomes differ: ${JSON.stringify(counters)}`);
    }
  }

  /**
   * Changes sections of its configuration and has it read again.
   *
   * @returns HTTP status and body of the answer.
   */
  async reload(changes: Record<string, unknown>): Promise<{ status: number; body: string }> {
    this.#settings = { ...this.#settings, ...changes };
    this.#write();
    return await this.#admin("POST", "/reload");
  }

  #write(): void {
    const settings = { ...this.#settings, shm: { runtimeDir: this.runtimeDir } };
    Deno.writeTextFileSync(this.#options.configPath, JSON.stringify(settings));
  }

  async #admin(method: string, path: string): Promise<{ status: number; body: string }> {
    using conn = await Deno.connect({ transport: "unix", path: `${this.runtimeDir}/admin.sock` });
    await conn.write(new TextEncoder().encode(`${method} ${path} HTTP/1.0\r\n\r\n`));
    const answer = await new Response(conn.readable).text();
    const bodyAt = answer.indexOf("\r\n\r\n") + 4;
    return { status: Number(answer.split(" ", 2)[1]), body: answer.slice(bodyAt) };
  }
}
