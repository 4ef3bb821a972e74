/**
 * The name server as browsers' resolvers see it: real processes, asked by `dig` and by a stub resolver.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Project, project } from "../support/spawned_mesh.ts";
import { serve, type Serving, until } from "../chaos/support/servers.ts";
import { missingCommand, testUnless } from "../skip.ts";

const SITE = `
export default {
  async fetch(request) {
    if (new URL(request.url).pathname === "/hold") {
      Deno.writeTextFileSync("held", "");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }
    return new Response("well");
  },
};`;
const WEB = ["--role", "web", "--site", "site.js", "--processes", "1", "--slots", "2"];
const NAME = "www.portal.example";

/** A web server; `listen`: where it was before. */
function startWeb(p: Project, name: string, listen = "127.0.0.1:0"): Promise<Serving> {
  return serve(p, name, ...WEB, "--listen", listen, "--link", "127.0.0.1:0");
}

/** A name server for these web servers, `web-n` at 10.0.0.n and fd00::n, linked to them or not. */
async function startNameServer(
  p: Project,
  name: string,
  webs: readonly Serving[],
  options: { mode?: string; linked?: boolean } = {},
): Promise<Serving & { port: number; dig(...words: string[]): Promise<Dug> }> {
  const { mode = "round-robin", linked = false } = options;
  await Deno.writeTextFile(
    `${p.directory}/${name}.json`,
    JSON.stringify({
      nameServer: {
        zone: "portal.example",
        mode,
        names: {
          www: webs.map((web, i) => ({
            server: `web-${i + 1}`,
            addresses: [`10.0.0.${i + 1}`, `fd00::${i + 1}`],
            health: `http://${web.address("web")}/`,
          })),
        },
      },
      link: { connect: linked ? webs.map((web) => web.address("link")) : [] },
    }),
  );
  const server = await serve(
    p,
    name,
    ...["--config", `${name}.json`, "--role", "name", "--slots", "1", "--listen", "127.0.0.1:0"],
  );
  const port = Number(/\bdns=127\.0\.0\.1:(\d+)/.exec(server.ready)?.[1]);
  return Object.assign(server, { port, dig: (...words: string[]) => dig(port, ...words) });
}

/** What `dig` was answered. */
interface Dug {
  readonly status: string;
  /** The data of the answers. */
  readonly data: string[];
  readonly text: string;
}

async function dig(port: number, ...words: string[]): Promise<Dug> {
  const { stdout } = await new Deno.Command("dig", {
    args: ["@127.0.0.1", "-p", `${port}`, "+norecurse", "+tries=2", "+timeout=5", ...words],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const answers = /;; ANSWER SECTION:\n((?:[^\n]+\n)*)/.exec(text)?.[1] ?? "";
  const data = answers.split("\n").filter((line) => line !== "")
    .map((line) => line.split(/\s+/).at(-1)!);
  return { status: /status: (\w+)/.exec(text)?.[1] ?? "no answer", data, text };
}

/** Waits until a question is answered by exactly these addresses. */
function answered(port: number, addresses: readonly string[]): Promise<unknown> {
  return until(
    `${NAME} is at ${addresses}`,
    async () => `${(await dig(port, NAME)).data.sort()}` === `${addresses}`,
  );
}

const missing = missingCommand("dig");

testUnless(
  missing,
  "dig and a stub resolver get the site's addresses, and proper refusals",
  async () => {
    await using p = await project({ "site.js": SITE });
    await using web1 = await startWeb(p, "web-1");
    await using web2 = await startWeb(p, "web-2");
    await using ns = await startNameServer(p, "ns-1", [web1, web2]);

    const first: string[] = [];
    for (let i = 0; i < 4; i++) {
      const { status, data, text } = await ns.dig(NAME);
      assertEquals([status, data.toSorted()], ["NOERROR", ["10.0.0.1", "10.0.0.2"]]);
      assert(/flags: qr aa\b/.test(text), text);
      first.push(data[0]!);
    }
    assertEquals(new Set([`${first[0]},${first[1]}`, `${first[2]},${first[3]}`]).size, 1);
    assertEquals(new Set(first).size, 2, "each time another one is first");
    assertEquals((await ns.dig(NAME, "AAAA")).data.sort(), ["fd00::1", "fd00::2"]);
    assertEquals((await ns.dig(NAME, "+tcp")).data.sort(), ["10.0.0.1", "10.0.0.2"]);
    assertEquals((await ns.dig("WWW.Portal.Example")).data.length, 2);
    assertEquals((await ns.dig("portal.example", "SOA")).data.length, 1);
    assertEquals((await ns.dig("other.portal.example")).status, "NXDOMAIN");
    assertEquals((await ns.dig("elsewhere.example")).status, "REFUSED");

    const nameServer = { ipAddr: "127.0.0.1", port: ns.port };
    const [v4, v6] = await Promise.all([
      Deno.resolveDns(NAME, "A", { nameServer }),
      Deno.resolveDns(NAME, "AAAA", { nameServer }),
    ]);
    assertEquals([v4.sort(), v6.sort()], [["10.0.0.1", "10.0.0.2"], ["fd00::1", "fd00::2"]]);

    const { nameServer: status } = await ns.status();
    assertEquals(status?.servers.map(({ name, healthy }) => [name, healthy]), [
      ["web-1", true],
      ["web-2", true],
    ]);
    assertEquals([status?.answers.NXDOMAIN, status?.answers.REFUSED], [1, 1]);
    ns.kill("SIGTERM");
    assertEquals((await ns.ended).code, 0);
  },
);

testUnless(missing, "by hash of the address, a client's subnet keeps its web server", async () => {
  await using p = await project({ "site.js": SITE });
  await using web1 = await startWeb(p, "web-1");
  await using web2 = await startWeb(p, "web-2");
  await using ns = await startNameServer(p, "ns-1", [web1, web2], { mode: "address-hash" });
  const chosen = new Map<string, string>();
  for (let i = 0; i < 24; i++) {
    const subnet = `198.51.${i}.0/24`;
    const { data, text } = await ns.dig(NAME, `+subnet=${subnet}`);
    assertEquals(data.length, 1);
    assertStringIncludes(text, `CLIENT-SUBNET: 198.51.${i}.0/24/24`);
    chosen.set(subnet, data[0]!);
  }
  assertEquals(new Set(chosen.values()), new Set(["10.0.0.1", "10.0.0.2"]));
  for (const [subnet, address] of [...chosen].slice(0, 8)) {
    assertEquals((await ns.dig(NAME, `+subnet=${subnet}`)).data, [address]);
  }
  const [one] = (await ns.dig(NAME)).data;
  assertEquals(
    (await ns.dig(NAME, "+tcp")).data,
    [one],
    "without a subnet, the address it came from",
  );

  // Those of the server that is gone are taken over, and handed back.
  web1.kill("SIGKILL");
  await web1.ended;
  await until(
    "web-1 is left out",
    async () => !(await ns.status()).nameServer!.servers[0]!.healthy,
  );
  for (const subnet of [...chosen.keys()].slice(0, 8)) {
    assertEquals((await ns.dig(NAME, `+subnet=${subnet}`)).data, ["10.0.0.2"]);
  }
  await using _again = await startWeb(p, "web-1", web1.address("web"));
  await until("web-1 is back", async () => (await ns.status()).nameServer!.servers[0]!.healthy);
  for (const [subnet, address] of [...chosen].slice(0, 8)) {
    assertEquals((await ns.dig(NAME, `+subnet=${subnet}`)).data, [address]);
  }
});

testUnless(
  missing,
  "a web server that drains or is gone is left out, and back when it is well",
  async () => {
    await using p = await project({
      "site.js": SITE,
      "mesh.json": JSON.stringify({ limits: { drainMs: 3_600_000 } }),
    });
    await using web1 = await startWeb(p, "web-1");
    await using web2 = await startWeb(p, "web-2");
    await using ns = await startNameServer(p, "ns-1", [web1, web2], { linked: true });
    await answered(ns.port, ["10.0.0.1", "10.0.0.2"]);
    const why = async () => (await ns.status()).nameServer!.servers[0]!.why;
    await until(
      "both are linked",
      async () =>
        (await ns.status()).links.filter(({ state }) => state === "connected").length === 2,
    );

    // A browser that is being answered keeps the server draining, as long as the test wants.
    const held = fetch(`http://${web1.address("web")}/hold`).then(
      (response) => response.body?.cancel(),
      () => {},
    );
    await until(
      "the browser is being answered",
      () => Deno.stat(`${p.directory}/held`).then(() => true, () => false),
    );
    web1.kill("SIGTERM");
    await until(
      "the name server knows that web-1 drains",
      async () => await why() === "it is draining",
    );
    assertEquals((await ns.dig(NAME)).data, ["10.0.0.2"]);
    web1.kill("SIGKILL");
    await Promise.all([web1.ended, held]);
    await until("it is unlinked", async () => await why() !== "it is draining");
    assertEquals((await ns.dig(NAME)).data, ["10.0.0.2"]);

    await using again = await startWeb(p, "web-1", web1.address("web"));
    await answered(ns.port, ["10.0.0.1", "10.0.0.2"]);
    for (const web of [again, web2]) web.kill("SIGKILL");
    await Promise.all([again.ended, web2.ended]);
    await until("nobody is well", async () => (await ns.dig(NAME)).status === "SERVFAIL");
  },
);

Deno.test("a name server is refused a port that is in use, for UDP or for TCP, with exit code 1", async () => {
  await using p = await project({
    "mesh.json": JSON.stringify({
      nameServer: { zone: "a.b", names: { www: [{ server: "w", addresses: ["10.0.0.1"] }] } },
    }),
  });
  const open = {
    tcp: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
    udp: () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
  };
  for (const taken of [open.tcp(), open.udp()]) {
    const address = `127.0.0.1:${(taken.addr as Deno.NetAddr).port}`;
    const { code, stdout, stderr } = await p.mesh("run", "--listen", address);
    taken.close();
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(
      stderr,
      `cannot listen on ${address} (nameServer.listen): the port is in use`,
    );
  }
});

Deno.test("an exec server may be the name server too", async () => {
  await using p = await project({
    "services/echo.js": "export const echo = (input) => input;",
    "mesh.json": JSON.stringify({
      exec: { services: ["services"], processes: 1 },
      nameServer: {
        listen: "127.0.0.1:0",
        zone: "a.b",
        names: { www: [{ server: "w", addresses: ["10.0.0.1"], health: "http://127.0.0.1:1/" }] },
      },
    }),
  });
  await using server = await serve(p, "one");
  assert(/ roles=exec,name .*\bdns=127\.0\.0\.1:\d+/.test(server.ready), server.ready);
  const { stdout } = await p.mesh("call", "echo.echo", "5", "--runtime-dir", "one");
  assertEquals(stdout, "5\n");
});
