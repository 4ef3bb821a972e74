/**
 * Random faults under load, for a bounded time and from a printed seed: `deno run -A tests/chaos/soak.ts
 * --seconds 60 --seed 1`. Exit code 0 when everything held.
 *
 * Two web servers call three exec servers over links that can be cut, while workers and servers are killed
 * and stopped. What must hold: every call ends once and in time, with the reply to this very call or with an
 * error that its fault explains; afterwards everything heals, ends in good order and leaves nothing.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { parseArgs } from "@std/cli/parse-args";
import type { Code } from "../../errors.ts";
import type { AttachedMesh } from "../../client/attach.ts";
import type { Call } from "../../client/types.ts";
import { Fleet } from "../support/fleet.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { endings, Load, type Sample } from "../support/load.ts";
import { Relay } from "../support/relay.ts";
import { fingerprint, SOAK_SERVICE } from "./support/soak_service.ts";
import { Random } from "./support/random.ts";
import { exists, processesOf, statusOf, until } from "./support/servers.ts";

/** Calls per second and web server. */
const RATE = 60;
/** Time a call may take, in ms. */
const TIMEOUT_MS = 1_500;
/** Largest payload, in bytes: a call of several fragments. */
const PAYLOAD_MAX_BYTES = 200_000;
/** Ways a call may fail while its servers die. */
const EXPECTED: readonly Code[] = ["UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"];

/** What a soak run has seen. */
export interface SoakResult {
  /** How many calls ended how. */
  readonly endings: Record<string, number>;
  /** How often each fault was made. */
  readonly faults: Record<string, number>;
}

/** A web server, a way into its mesh, and the load on it. */
class Caller {
  readonly server: FleetServer;
  readonly load: Load;
  #mesh: AttachedMesh;

  constructor(server: FleetServer, mesh: AttachedMesh, random: Random) {
    this.server = server;
    this.#mesh = mesh;
    this.load = new Load(RATE, TIMEOUT_MS, () => checkedCall(this.#mesh, random));
  }

  /** Joins again: the server is another one now. */
  async rejoin(): Promise<void> {
    const old = this.#mesh;
    this.#mesh = await this.server.attach();
    old[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#mesh[Symbol.dispose]();
  }
}

/** A call of a random kind whose reply is compared with what it must be. */
function checkedCall(mesh: AttachedMesh, random: Random): Call<unknown> {
  const nonce = random.u32();
  const timeoutMs = TIMEOUT_MS;
  const check = async (): Promise<void> => {
    const kind = random.below(10);
    if (kind < 6) {
      const payload = random.bytes(random.pick([10, 500, random.below(PAYLOAD_MAX_BYTES)]));
      const handler = random.pick(["print", "printAgain"]);
      const input = { nonce, payload };
      const reply = await mesh.call<{ nonce: number; print: number; payload: Uint8Array }>(
        `soak.${handler}`,
        input,
        { timeoutMs },
      );
      const print = fingerprint(payload);
      if (reply.nonce !== nonce || reply.print !== print || fingerprint(reply.payload) !== print) {
        throw new Error(`the reply of soak.${handler} is not the one of call ${nonce}`);
      }
    } else if (kind < 9) {
      const ms = random.below(300);
      const reply = await mesh.call("soak.slow", { nonce, ms }, { timeoutMs });
      if (reply !== nonce) {
        throw new Error(`the reply of soak.slow is not the one of call ${nonce}`);
      }
    } else {
      let next = 0;
      for await (
        const item of mesh.call<{ nonce: number; i: number }>("soak.items", { nonce, count: 50 }, {
          timeoutMs,
        })
      ) {
        if (item.nonce !== nonce || item.i !== next++) {
          throw new Error(`item ${JSON.stringify(item)} is none of call ${nonce}, or not the next`);
        }
      }
      if (next !== 50) throw new Error(`a stream of 50 items ended well after ${next}`);
    }
  };
  return check() as Call<unknown>;
}

/**
 * Runs.
 *
 * @param seconds How long faults are made, in s.
 * @param random Where everything random comes from; timing makes two runs of a seed differ all the same.
 * @throws {Error} When something did not hold.
 */
export async function soak(seconds: number, random: Random): Promise<SoakResult> {
  const faults: Record<string, number> = {};
  let samples: Sample[];
  let directory: string;
  {
    await using fleet = await Fleet.open({
      "services/soak.js": SOAK_SERVICE,
      "site.js": `export default { fetch: () => new Response("") };`,
    });
    directory = fleet.directory;
    const execs = await fleet.start(
      ["exec-1", "exec-2", "exec-3"].map((name) =>
        fleet.exec(name, {
          exec: { services: [`${directory}/services/soak.js`], processes: 2 },
        })
      ),
    );
    using relays = new DisposableStack();
    const cables: Relay[] = [];
    const webs = await fleet.start(["web-1", "web-2"].map((name) => {
      const own = execs.map((exec) => relays.use(new Relay(exec.link)));
      cables.push(...own);
      return fleet.web(name, own.map(({ address }) => address), {});
    }));
    const callers: Caller[] = [];
    for (const web of webs) callers.push(new Caller(web, await web.attach(), random));
    try {
      const endMs = performance.now() + seconds * 1_000;
      while (performance.now() < endMs) {
        const name = await makeFault(random, execs, callers, cables);
        faults[name] = (faults[name] ?? 0) + 1;
        await delay(random.below(300));
      }
      for (const cable of cables) cable.heal();
      // Everything heals: on each web server 30 calls in a row succeed.
      for (const { load } of callers) {
        await until("all calls succeed again", async () => {
          const ended = await load.more(30);
          return ended.every(({ error }) => error === undefined);
        }, 60_000);
      }
    } finally {
      samples = (await Promise.all(callers.map(({ load }) => load.stop()))).flat();
    }
    for (const { runtimeDir } of [...webs, ...execs]) {
      await until(
        "no call is left",
        async () => (await statusOf(runtimeDir)).counters.openCalls === 0,
      );
    }
    for (const caller of callers) caller[Symbol.dispose]();
    for (const server of [...webs, ...execs]) {
      await server.end();
      // A directory that a killed server has left is not its successor's to remove.
      const files = exists(server.runtimeDir) ? [...Deno.readDirSync(server.runtimeDir)] : [];
      if (files.length > 0) {
        throw new Error(`${server.name} left ${files.map(({ name }) => name).join(", ")}`);
      }
    }
    const left = processesOf(directory);
    if (left.length > 0) throw new Error(`processes are left:\n${left.join("\n")}`);
  }
  for (const { error } of samples) {
    if (error !== undefined && !EXPECTED.includes(error.code)) {
      throw new Error(`a call ended in ${error.code}: ${error.message}`);
    }
  }
  return { endings: endings(samples), faults };
}

/** Makes one fault, and repairs it when it does not heal by itself. */
async function makeFault(
  random: Random,
  execs: readonly FleetServer[],
  callers: readonly Caller[],
  cables: readonly Relay[],
): Promise<string> {
  const name = random.pick([
    ...["kill a worker", "kill a worker", "stop a worker", "stop a server"],
    ...["cut a link", "hang a link", "kill an exec server", "kill a web server"],
  ]);
  const server = random.pick([...execs, ...callers.map(({ server }) => server)]);
  const cable = random.pick(cables);
  switch (name) {
    case "kill a worker":
    case "stop a worker": {
      const { slots } = await statusOf(server.runtimeDir);
      const pids = slots.flatMap(({ kind, pid }) =>
        pid !== null && (kind === "exec" || kind === "web") ? [pid] : []
      );
      if (pids.length === 0) break;
      const pid = random.pick(pids);
      signal(pid, name === "kill a worker" ? "SIGKILL" : "SIGSTOP");
      if (name === "kill a worker") break;
      await delay(100 + random.below(1_000));
      signal(pid, "SIGCONT");
      break;
    }
    case "stop a server":
      server.signal("SIGSTOP");
      await delay(100 + random.below(1_000));
      server.signal("SIGCONT");
      break;
    case "cut a link":
      cable.cut();
      await delay(random.below(500));
      cable.heal();
      break;
    case "hang a link":
      cable.hang();
      await delay(random.below(1_000));
      cable.heal();
      break;
    case "kill an exec server": {
      const exec = random.pick(execs);
      await exec.kill();
      await delay(random.below(500));
      await exec.start();
      break;
    }
    case "kill a web server": {
      const caller = random.pick(callers);
      await caller.server.kill();
      await caller.server.start();
      await caller.rejoin();
      break;
    }
  }
  return name;
}

/** Sends a signal to a process, which may be gone by now. */
function signal(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) {
  const { seconds = "60", seed } = parseArgs(Deno.args, { string: ["seconds", "seed"] });
  const random = seed === undefined ? Random.printed("soak") : new Random(Number(seed));
  console.log(`soak: ${seconds} s, seed ${random.seed}`);
  console.log(await soak(Number(seconds), random));
}
