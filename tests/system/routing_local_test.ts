/**
 * Services on web servers: reached from the same server without its links, and from other servers over
 * them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { until } from "../chaos/support/servers.ts";
import { failure } from "../support/call_case.ts";
import { Fleet } from "../support/fleet.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { countsOf, probeService } from "../support/probe_service.ts";

/** A heartbeat and the answer to one, in bytes: a frame with 8 bytes in it. */
const HEARTBEAT_BYTES = 32;
const HEARTBEAT_MS = 1_000;
const CALLS = 400;

/** Bytes that have gone out on a server's links. */
async function bytesOut(...servers: FleetServer[]): Promise<number> {
  const statuses = await Promise.all(servers.map((server) => server.status()));
  return statuses.flatMap(({ links }) => links).reduce(
    (sum, link) => sum + (link.bytesOut ?? 0),
    0,
  );
}

Deno.test("services on web servers", async (t) => {
  const step = (name: string, fn: () => Promise<void>) =>
    t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
  await using fleet = await Fleet.open({
    "site.js": `
export default {
  fetch: async (_, { mesh }) => new Response(await mesh.call("near.who", new Uint8Array(1_024))),
};`,
    "services/near.js": probeService(),
    "services/anywhere.js": probeService(),
    "own/only_web_1.js": probeService(),
  });
  const { directory } = fleet;
  const groups = {
    near: { mode: "normal", services: ["near"], prefer: "local" },
    anywhere: { mode: "normal", services: ["anywhere"], prefer: "any" },
  };
  const [exec] = await fleet.start([fleet.exec("exec-1")]);
  const both = (services: string[]) => ({
    roles: ["web", "exec"],
    exec: { services, processes: 1 },
  });
  const shared = `${directory}/services/*.js`;
  const [web1] = await fleet.start([
    fleet.web("web-1", [exec!.link], groups, {
      ...both([shared, `${directory}/own/*.js`]),
      link: { connect: [exec!.link], listen: "127.0.0.1:0" },
    }),
  ]) as [FleetServer];
  const [web2] = await fleet.start([
    fleet.web("web-2", [exec!.link, web1.link], groups, both([shared])),
  ]) as [FleetServer];
  await web1.linked("exec-1", "web-2");
  await web2.linked("exec-1", "web-1");
  using mesh1 = await web1.attach();
  using mesh2 = await web2.attach();
  using meshOfExec = await exec!.attach();

  await step("calls that prefer the local server put no byte on a link", async () => {
    const began = performance.now();
    const before = await bytesOut(web1, web2, exec!);
    const body = new Uint8Array(1_024);
    for (let i = 0; i < CALLS; i++) assertEquals(await mesh1.call("near.who", body), "web-1");
    for (let i = 0; i < CALLS; i++) assertEquals(await mesh2.call("near.who", body), "web-2");
    for (let i = 0; i < 20; i++) assertEquals(await (await fetch(web1.url)).text(), "web-1");
    const sent = await bytesOut(web1, web2, exec!) - before;
    // Three links with two ends each; an end sends heartbeats and answers those of the other.
    const beats = Math.ceil((performance.now() - began) / HEARTBEAT_MS) + 1;
    console.log(`bytes on all links during ${2 * CALLS + 20} local calls: ${sent}`);
    assert(sent <= beats * 3 * 2 * 2 * HEARTBEAT_BYTES, `${sent} bytes in ${beats} heartbeats`);
    assertEquals(await web1.picks("near"), { "exec-1": 0, "web-1": CALLS + 20, "web-2": 0 });
    assertEquals(await web2.picks("near"), { "exec-1": 0, "web-1": 0, "web-2": CALLS });
  });

  await step(
    'the same calls with "prefer": "any" go to all servers in turn, over the links',
    async () => {
      const before = await bytesOut(web1);
      const answers: string[] = [];
      for (let i = 0; i < 300; i++) {
        answers.push(await mesh1.call<string>("anywhere.who", new Uint8Array(1_024)));
      }
      assertEquals(countsOf(answers), { "exec-1": 100, "web-1": 100, "web-2": 100 });
      assert(await bytesOut(web1) - before >= 200 * 1_024);
    },
  );

  await step(
    "a service that only a web server has is reached from every other server",
    async () => {
      for (const mesh of [mesh1, mesh2]) assertEquals(await mesh.call("only_web_1.who"), "web-1");
      // An exec server calls over the link that the web server has dialled.
      assertEquals(await meshOfExec.call("only_web_1.who"), "web-1");
    },
  );

  await step(
    "when the local processes are gone, others answer; when the server is gone, nobody does",
    async () => {
      const [local] = await web1.execPids();
      Deno.kill(local!, "SIGKILL");
      // Until the process is replaced others answer, and not one call fails: they may be repeated.
      const seen = new Set<string>();
      await until("others have answered, and then the new process", async () => {
        const server = await mesh1.call<string>("near.again");
        if (server !== "web-1") seen.add(server);
        return seen.size > 0 && server === "web-1";
      });
      await web1.kill();
      await web2.unlinked("web-1");
      await failure(mesh2.call("only_web_1.who"), "UNAVAILABLE");
    },
  );
});
