/**
 * For tests: a real etcd of one member, in a temporary directory and on free ports, which can be stopped
 * and started again.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { commandPath, missingCommand } from "../skip.ts";

/** Why tests with etcd cannot run here. */
export const noEtcd = missingCommand("etcd");

const WATCHDOG_MS = 30_000;
const LOOK_MS = 20;

/** An etcd that runs, until it is stopped or disposed. */
export class TestEtcd implements AsyncDisposable {
  /** Where clients find it, `"host:port"`. */
  readonly endpoint: string;
  readonly #directory: string;
  readonly #peerPort: number;
  #child: Deno.ChildProcess | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
    this.endpoint = `127.0.0.1:${freePort()}`;
    this.#peerPort = freePort();
  }

  /** Starts one. */
  static async start(): Promise<TestEtcd> {
    const memory = Deno.statSync("/dev/shm").isDirectory ? { dir: "/dev/shm" } : {};
    const etcd = new TestEtcd(await Deno.makeTempDir({ ...memory, prefix: "mesh-etcd-" }));
    try {
      await etcd.start();
    } catch (error) {
      await etcd[Symbol.asyncDispose]();
      throw error;
    }
    return etcd;
  }

  /** Starts it again, with the data that it had. */
  async start(): Promise<void> {
    const peer = `http://127.0.0.1:${this.#peerPort}`;
    const client = `http://${this.endpoint}`;
    const child = this.#child = new Deno.Command(commandPath("etcd")!, {
      args: [
        ...["--name", "test", "--data-dir", `${this.#directory}/data`, "--log-level", "error"],
        ...["--listen-client-urls", client, "--advertise-client-urls", client],
        ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
        ...["--initial-cluster", `test=${peer}`],
        ...["--heartbeat-interval", "50", "--election-timeout", "250"],
      ],
      // A variable of etcd would win over what it is told here.
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let ended = false;
    void child.status.then(() => ended = true);
    const deadlineMs = performance.now() + WATCHDOG_MS;
    while (!await this.#healthy()) {
      if (ended) throw new Error("etcd has ended by itself");
      if (performance.now() > deadlineMs) throw new Error("etcd does not serve");
      await delay(LOOK_MS);
    }
  }

  /** Kills it; its data stay. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
    await child?.status;
  }

  /** Loses its data; to be called while it is stopped. */
  forget(): void {
    Deno.removeSync(`${this.#directory}/data`, { recursive: true });
  }

  /** Sends it a signal. */
  signal(signal: Deno.Signal): void {
    this.#child?.kill(signal);
  }

  /** What stands under a prefix: key → value. */
  async read(prefix: string): Promise<Record<string, string>> {
    const { kvs = [] } = await this.#call("kv/range", {
      key: btoa(prefix),
      range_end: btoa(
        prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1),
      ),
    }) as { kvs?: { key: string; value: string }[] };
    return Object.fromEntries(kvs.map(({ key, value }) => [atob(key), atob(value)]));
  }

  /** Settles when there is such a key. */
  async holds(key: string): Promise<void> {
    const deadlineMs = performance.now() + WATCHDOG_MS;
    while (!(key in await this.read(key))) {
      if (performance.now() > deadlineMs) throw new Error(`etcd has no ${key}`);
      await delay(LOOK_MS);
    }
  }

  /** Sets a key without a lease. */
  async put(key: string, value: string): Promise<void> {
    await this.#call("kv/put", { key: btoa(key), value: btoa(value) });
  }

  /** Deletes a key. */
  async remove(key: string): Promise<void> {
    await this.#call("kv/deleterange", { key: btoa(key) });
  }

  /** Forgets the history of all keys. */
  async compact(): Promise<void> {
    const { header } = await this.#call("kv/range", { key: btoa("x") }) as {
      header: { revision: string };
    };
    await this.#call("kv/compaction", { revision: header.revision, physical: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #healthy(): Promise<boolean> {
    try {
      const response = await fetch(`http://${this.endpoint}/health`);
      return (await response.text()).includes('"true"');
    } catch {
      return false;
    }
  }

  async #call(path: string, request: unknown): Promise<unknown> {
    const response = await fetch(`http://${this.endpoint}/v3/${path}`, {
      method: "POST",
      body: JSON.stringify(request),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`etcd refused ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
