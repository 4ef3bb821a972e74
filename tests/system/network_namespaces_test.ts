/**
 * Three hosts, as far as the network knows: two exec servers and a web server in network namespaces of
 * their own, joined by a bridge whose cables can be pulled.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { isAlive } from "../chaos/support/servers.ts";
import { Fleet } from "../support/fleet.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { endings, Load } from "../support/load.ts";
import { countsOf, probeService } from "../support/probe_service.ts";
import { missingCommand, testUnless } from "../skip.ts";

const PREFIX = `mesh${Deno.pid}`;
const SWITCH = `${PREFIX}-sw`;
const HOSTS = ["web-1", "exec-1", "exec-2"];
const TIMEOUT_MS = 6_000;

async function ip(...words: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args: words, stderr: "piped" })
    .output();
  if (!success) throw new Error(`ip ${words.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** A namespace per host and one that is the switch between them; disposing removes them. */
class Hosts implements AsyncDisposable {
  readonly #made: string[] = [];

  /** Makes them; host i has the address 10.213.7.(i + 1). */
  static async open(): Promise<Hosts> {
    await removeLeftovers();
    await using made = new AsyncDisposableStack();
    const hosts = made.use(new Hosts());
    await hosts.#namespace(SWITCH);
    await ip("-n", SWITCH, "link", "add", "name", "br0", "type", "bridge");
    await ip("-n", SWITCH, "link", "set", "br0", "up");
    for (const [i, name] of HOSTS.entries()) {
      const host = hosts.name(name);
      await hosts.#namespace(host);
      await ip(
        "-n",
        SWITCH,
        "link",
        "add",
        "name",
        name,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        host,
      );
      await ip("-n", SWITCH, "link", "set", name, "master", "br0", "up");
      await ip("-n", host, "address", "add", `10.213.7.${i + 1}/24`, "dev", "eth0");
      await ip("-n", host, "link", "set", "lo", "up");
      await ip("-n", host, "link", "set", "eth0", "up");
    }
    made.move();
    return hosts;
  }

  /** The name of a host's namespace. */
  name(host: string): string {
    return `${PREFIX}-${host}`;
  }

  /** The beginning of a command line that runs on that host. */
  on(host: string): string[] {
    return ["ip", "netns", "exec", this.name(host)];
  }

  /** Pulls a host's cable, or plugs it in again. */
  async cable(host: string, state: "down" | "up"): Promise<void> {
    await ip("-n", SWITCH, "link", "set", host, state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#made) await ip("netns", "delete", name);
  }

  async #namespace(name: string): Promise<void> {
    await ip("netns", "add", name);
    this.#made.push(name);
  }
}

/** Removes namespaces of runs that were killed. */
async function removeLeftovers(): Promise<void> {
  const { stdout } = await new Deno.Command("ip", { args: ["netns", "list"] }).output();
  for (const [name, pid] of new TextDecoder().decode(stdout).matchAll(/^mesh(\d+)-[\w-]+/gm)) {
    if (!isAlive(Number(pid))) await ip("netns", "delete", name);
  }
}

/** Why there can be no namespaces here. */
async function whyNot(): Promise<string | undefined> {
  const missing = missingCommand("ip");
  if (missing !== undefined) return missing;
  const name = `${PREFIX}-try`;
  try {
    await ip("netns", "add", name);
  } catch (error) {
    return `network namespaces cannot be made: ${(error as Error).message.trim()}`;
  }
  try {
    await ip("-n", name, "link", "add", "name", "a", "type", "veth", "peer", "name", "b");
    await ip("-n", name, "link", "add", "name", "c", "type", "bridge");
    return undefined;
  } catch (error) {
    return `network devices cannot be made: ${(error as Error).message.trim()}`;
  } finally {
    await ip("netns", "delete", name);
  }
}

testUnless(
  await whyNot(),
  "on three hosts a pulled cable moves the calls to the other exec server, and plugged in again they come back",
  async () => {
    await using hosts = await Hosts.open();
    await using fleet = await Fleet.open({
      "site.js": `
export default { fetch: async (_, { mesh }) => new Response(await mesh.call("plain.who")) };`,
      "services/plain.js": probeService(),
      "services/table.js": probeService(),
    });
    const execs: FleetServer[] = [];
    for (const [i, name] of HOSTS.entries()) {
      if (name === "web-1") continue;
      const settings = fleet.exec(name, { link: { listen: `10.213.7.${i + 1}:7400` } });
      execs.push(...await fleet.start([settings], hosts.on(name)));
    }
    const groups = {
      plain: { mode: "normal", services: ["plain"] },
      table: { mode: "keyed", services: ["table"], keys: { one: "exec-1", two: "exec-2" } },
    };
    const [web] = await fleet.start(
      [fleet.web("web-1", execs.map(({ link }) => link), groups)],
      hosts.on("web-1"),
    ) as [FleetServer];
    await web.linked("exec-1", "exec-2");
    using mesh = await web.attach();
    const options = { timeoutMs: TIMEOUT_MS };
    const plain = new Load(60, TIMEOUT_MS, () => mesh.call("plain.who", null, options));
    const table = new Load(
      60,
      TIMEOUT_MS,
      (i) => mesh.call("table.who", null, { ...options, key: i % 2 === 0 ? "one" : "two" }),
    );
    const loads = [plain, table];
    const servers = (samples: readonly { value?: unknown }[]) =>
      countsOf(samples.map(({ value }) => String(value)));
    try {
      await plain.more(4);
      assertEquals(servers(await plain.more(60)), { "exec-1": 30, "exec-2": 30 });

      await hosts.cable("exec-2", "down");
      await web.unlinked("exec-2");
      const [without, keyed] = await Promise.all(loads.map((load) => load.more(60)));
      assertEquals(servers(without!), { "exec-1": 60 });
      for (const { number, value, error } of keyed!) {
        assertEquals(
          [value, error?.code],
          number % 2 === 0 ? ["exec-1", undefined] : [undefined, "UNAVAILABLE"],
        );
      }

      await hosts.cable("exec-2", "up");
      await web.linked("exec-2");
      await Promise.all(loads.map((load) => load.more(4))); // a newcomer waits for one turn
      const [again, back] = await Promise.all(loads.map((load) => load.more(60)));
      assertEquals(servers(again!), { "exec-1": 30, "exec-2": 30 });
      assertEquals(servers(back!), { "exec-1": 30, "exec-2": 30 });
    } finally {
      await Promise.all(loads.map((load) => load.stop()));
    }
    console.log(JSON.stringify(loads.map(({ samples }) => endings(samples))));
    for (const { error } of loads.flatMap(({ samples }) => samples)) {
      if (error !== undefined) assertEquals(error.code, "UNAVAILABLE", error.message);
    }
    await web.settled();
  },
);
