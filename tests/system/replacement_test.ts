/** Processes of both kinds are replaced under load, in a server that has no slot to spare. */
import { delay } from "@std/async/delay";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Agent, request } from "node:http";
import { join } from "@std/path";
import { attach } from "../../client/attach.ts";
import { project } from "../support/spawned_mesh.ts";
import { native } from "../../native/ffi.ts";
import { processesOf, serve, type Serving, statusOf, until } from "../chaos/support/servers.ts";

native();

const FILES = {
  "work.js": `export const pid = () => Deno.pid;
export const err = () => { setTimeout(() => { throw new Error("stray"); }, 1); };`,
  "site.js": `export default { async fetch(request, { mesh }) {
  const { pathname } = new URL(request.url);
  if (pathname === "/err") setTimeout(() => { throw new Error("stray"); }, 1);
  if (pathname === "/upload") {
    let bytes = 0;
    for await (const chunk of request.body) bytes += chunk.length;
    return new Response(String(bytes));
  }
  return new Response(Deno.pid + " " + await mesh.call("work.pid"));
} };`,
};
const ROLES = ["--role", "web", "--role", "exec", "--site", "site.js", "--services", "work.js"];

/** Waits until nobody of those who were there works any more. */
function allReplaced(server: Serving, before: readonly (number | null)[]): Promise<boolean> {
  return until("all are replaced", async () => {
    const { workers } = await server.status();
    return workers!.length === before.length &&
      workers!.every(({ state, pid }) => state === "ready" && !before.includes(pid));
  }, 60_000);
}

async function pidsOf(server: Serving): Promise<(number | null)[]> {
  return (await server.status()).workers.map(({ pid }) => pid);
}

function get(url: string, path: string, agent: Agent | false): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url + path, { agent }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => text += chunk);
      response.on("error", reject);
      response.on("end", () => response.statusCode === 200 ? resolve(text) : reject(text));
    }).on("error", reject).end();
  });
}

for (const listen of ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0"]) {
  Deno.test(`The only web and the only exec process are replaced at the same time, and no request fails (${listen})`, async () => {
    await using p = await project({
      ...FILES,
      "mesh.json": JSON.stringify({
        web: { listen, processes: 1 },
        exec: { processes: 1 },
        shm: { slots: 3 },
      }),
    });
    await using server = await serve(p, "one", ...ROLES);
    const url = `http://${server.address("web").replace("0.0.0.0", "127.0.0.1")}`;
    // It takes the one slot that is left for guests.
    using guest = await attach(server);
    let running = true, answers = 0;
    const failures: unknown[] = [];
    const agents = Array.from(
      { length: 8 },
      (_, index) => index % 2 === 0 ? false : new Agent({ keepAlive: true, maxSockets: 1 }),
    );
    const browsers = agents.map(async (agent) => {
      for (; running; answers++) {
        await get(url, "/", agent).catch((error) => failures.push(error));
      }
    });
    let more = true;
    const upload = fetch(`${url}/upload`, {
      method: "POST",
      body: ReadableStream.from((async function* () {
        while (more) {
          yield new Uint8Array(1_000);
          await delay(20);
        }
      })()),
    }).then((response) => response.text());
    try {
      await until("requests are answered", () => answers > 50);
      const before = await pidsOf(server);
      await Promise.all([get(url, "/err", false), guest.call("work.err")]);
      await until("there is a successor", async () => (await pidsOf(server)).length > 2);
      more = false;
      await allReplaced(server, before);
    } finally {
      more = running = false;
      await Promise.all(browsers);
    }
    assert(Number(await upload) > 0);
    assertEquals(failures, []);
    for (const agent of agents) if (agent) agent.destroy();
    server.kill("SIGTERM");
    assertEquals((await server.ended).code, 0);
    assertEquals(processesOf(p.directory), []);
  });
}

Deno.test("While nobody can be started the old workers serve on, and when it is possible again they are replaced", async () => {
  await using p = await project(FILES);
  await using server = await serve(
    p,
    "one",
    ...["--role", "exec", "--services", "work.js", "--processes", "1"],
  );
  using guest = await attach(server);
  const before = await pidsOf(server);
  const [there, away] = [join(p.directory, "one"), join(p.directory, "away")];
  await Deno.rename(there, away);
  await guest.call("work.err");
  await until("it was tried", async () => (await statusOf(away)).workers![0]!.restarts >= 2);
  assertEquals(await guest.call("work.pid"), before[0]);
  await Deno.rename(away, there);
  await allReplaced(server, before);
  server.kill("SIGTERM");
  const { code, stderr } = await server.ended;
  assertEquals(code, 0);
  assertMatch(stderr, /the old worker goes on .*why="it could not be started: /);
});
