/** Servers as real processes that find each other: through etcd, and through SRV records in DNS. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { attach } from "../../client/attach.ts";
import type { Mesh } from "../../client/types.ts";
import { type Project, project } from "../support/spawned_mesh.ts";
import { TestDns } from "../support/test_dns.ts";
import type { SourceStatus } from "../../discovery/source.ts";
import { noEtcd, TestEtcd } from "../support/test_etcd.ts";
import { native } from "../../native/ffi.ts";
import { serve, type Serving, until } from "../chaos/support/servers.ts";
import { testUnless } from "../skip.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

const FILES = {
  "who.js": `export const name = (_, ctx) => ctx.server;
export const onward = (_, ctx) => ctx.mesh.call("other.name");`,
  "other.js": `export const name = (_, ctx) => ctx.server;`,
  "site.js":
    `export default { fetch: async (_, { mesh }) => new Response(await mesh.call("who.name")) };`,
};

function startWeb(p: Project, name: string, source: string): Promise<Serving> {
  return serve(
    p,
    name,
    ...["--role", "web", "--site", "site.js", "--listen", "127.0.0.1:0", "--processes", "1"],
    ...["--connect", source],
  );
}

function startExec(p: Project, name: string, source: string, service = "who"): Promise<Serving> {
  return serve(
    p,
    name,
    ...["--role", "exec", "--services", `${service}.js`, "--processes", "1"],
    ...["--link", "127.0.0.1:0", "--connect", source],
  );
}

/** Names of the servers that a server is linked with. */
async function peers(server: Serving): Promise<string[]> {
  const { links } = await server.status();
  return links.filter(({ state }) => state === "connected").map(({ peer }) => peer!).sort();
}

async function linked(server: Serving, ...wanted: string[]): Promise<void> {
  let seen: string[] = [];
  await until(`${server.ready} is linked to ${wanted}`, async () => {
    seen = await peers(server);
    return seen.join() === wanted.join();
  }).catch((error) => {
    throw new Error(`${error.message}; it is linked to ${seen}`);
  });
}

/** How many of so many calls each server answered. */
async function shares(mesh: Mesh, calls: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < calls; i++) {
    const name = await mesh.call<string>("who.name");
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort());
}

async function sourceOf(server: Serving): Promise<SourceStatus> {
  const { sources } = await server.status();
  assertEquals(sources.length, 1);
  return sources[0]!;
}

testUnless(
  noEtcd,
  "servers find each other through etcd: one joins, one leaves, one is killed",
  async () => {
    await using etcd = await TestEtcd.start();
    await using p = await project(FILES);
    const source = `etcd://${etcd.endpoint}/portal`;
    await using web = await startWeb(p, "web-1", source);
    await using one = await startExec(p, "exec-1", source);
    await using two = await startExec(p, "exec-2", source);
    await linked(web, "exec-1", "exec-2");
    await linked(one, "exec-2", "web-1");
    await linked(two, "exec-1", "web-1");
    using mesh = await attach(web);
    assertEquals(await shares(mesh, 30), { "exec-1": 15, "exec-2": 15 });
    const page = await fetch(`http://${web.address("web")}/`);
    assertMatch(await page.text(), /^exec-[12]$/);
    assertEquals(await sourceOf(web), {
      source,
      state: "current",
      addresses: 2,
      error: null,
      registered: false,
    });
    assertEquals((await sourceOf(one)).registered, true);

    await using three = await startExec(p, "exec-3", source);
    await linked(web, "exec-1", "exec-2", "exec-3");
    await mesh.call("who.name"); // a newcomer waits for one turn of the others
    assertEquals(await shares(mesh, 30), { "exec-1": 10, "exec-2": 10, "exec-3": 10 });

    two.kill("SIGTERM");
    assertEquals((await two.ended).code, 0);
    assertEquals(Object.keys(await etcd.read("portal/")).sort(), [
      "portal/exec-1",
      "portal/exec-3",
    ]);
    await linked(web, "exec-1", "exec-3");
    assertEquals(await shares(mesh, 30), { "exec-1": 15, "exec-3": 15 });
    await until("it is not dialled", async () => (await web.status()).links.length === 2);

    three.kill("SIGKILL");
    await three.ended;
    await linked(web, "exec-1");
    assertEquals(await shares(mesh, 30), { "exec-1": 30 });
    await until("its entry has ended", async () => (await web.status()).links.length === 1);
    assertEquals(Object.keys(await etcd.read("portal/")), ["portal/exec-1"]);
  },
);

testUnless(
  noEtcd,
  "while etcd is away links stay and calls work; afterwards new servers are found",
  async () => {
    await using etcd = await TestEtcd.start();
    await using p = await project(FILES);
    const source = `etcd://${etcd.endpoint}/portal`;
    await using one = await startExec(p, "exec-1", source);
    await using web = await startWeb(p, "web-1", source);
    await linked(web, "exec-1");
    using mesh = await attach(web);
    await etcd.stop();
    for (const server of [web, one]) {
      await until("it notices", async () => (await sourceOf(server)).state === "stale");
    }
    assertEquals(await shares(mesh, 20), { "exec-1": 20 });
    assertEquals(await peers(web), ["exec-1"]);
    // It starts without etcd, too, and is found when that is back.
    await using two = await startExec(p, "exec-2", source);
    assertEquals(await peers(two), []);
    await etcd.start();
    await linked(web, "exec-1", "exec-2");
    await linked(two, "exec-1", "web-1");
    await mesh.call("who.name");
    assertEquals(await shares(mesh, 20), { "exec-1": 10, "exec-2": 10 });
  },
);

testUnless(noEtcd, "a service calls one of another server that it found through etcd", async () => {
  await using etcd = await TestEtcd.start();
  await using p = await project(FILES);
  const source = `etcd://${etcd.endpoint}/portal`;
  await using one = await startExec(p, "exec-1", source);
  await using _two = await startExec(p, "exec-2", source, "other");
  await linked(one, "exec-2");
  using mesh = await attach(one);
  assertEquals(await mesh.call("who.onward"), "exec-2");
});

Deno.test("servers find each other through SRV records: one joins, one leaves", async () => {
  await using dns = await TestDns.listen();
  await using p = await project(FILES);
  const source = `dns+srv://_mesh._tcp.portal.test${dns.query}`;
  dns.records.set("A localhost.test", ["127.0.0.1"]);
  const publish = (...servers: Serving[]) =>
    dns.records.set(
      "SRV _mesh._tcp.portal.test",
      servers.map((server) => ({
        target: "localhost.test",
        port: Number(server.address("link").split(":")[1]),
      })),
    );
  await using one = await startExec(p, "exec-1", source);
  await using two = await startExec(p, "exec-2", source);
  publish(one, two);
  await using web = await startWeb(p, "web-1", source);
  await linked(web, "exec-1", "exec-2");
  await linked(one, "exec-2", "web-1");
  assertEquals((await one.status()).links.length, 2, "it does not dial itself");
  using mesh = await attach(web);
  assertEquals(await shares(mesh, 30), { "exec-1": 15, "exec-2": 15 });

  await using three = await startExec(p, "exec-3", source);
  publish(one, two, three);
  await linked(web, "exec-1", "exec-2", "exec-3");
  await mesh.call("who.name");
  assertEquals(await shares(mesh, 30), { "exec-1": 10, "exec-2": 10, "exec-3": 10 });

  // A record that is gone ends no link: the server does.
  publish(one, three);
  await until("it is not dialled", async () => (await sourceOf(web)).addresses === 2);
  assert((await peers(web)).includes("exec-2"));
  two.kill("SIGTERM");
  assertEquals((await two.ended).code, 0);
  await linked(web, "exec-1", "exec-3");
  assertEquals(await shares(mesh, 30), { "exec-1": 15, "exec-3": 15 });
  await until("it is not dialled", async () => (await web.status()).links.length === 2);
});
