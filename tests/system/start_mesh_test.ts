import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { MeshError } from "../../errors.ts";
import { startMesh } from "../../testing.ts";

const ECHO = `export const echo = (input, ctx) => ({ input, server: ctx.server, slot: ctx.slot });`;

/** A directory with one service in it. */
function serviceDirectory(code: string): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "mesh-services-" });
  Deno.writeTextFileSync(`${path}/echo.js`, code);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

const isAlive = (pid: number) => {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
};

Deno.test("startMesh() runs services on servers of their own and calls reach them over a link", async () => {
  using services = serviceDirectory(ECHO);
  await using mesh = await startMesh({ services: services.path, execServers: 2 });
  assertEquals(mesh.servers.map(({ name }) => name), ["web-1", "exec-1", "exec-2"]);
  const replies = await Promise.all(
    ["a", "b"].map((text) => mesh.mesh.call<{ server: string }>("echo.echo", text)),
  );
  assertEquals(new Set(replies.map(({ server }) => server)), new Set(["exec-1", "exec-2"]));
  assertMatch(mesh.servers[1]!.addresses.link!, /^127\.0\.0\.1:\d+$/);
  const response = await fetch(mesh.url);
  assertEquals([response.status, await response.text()], [404, "this mesh has no site\n"]);
});

Deno.test("startMesh() without exec servers runs services on the web server itself", async () => {
  using services = serviceDirectory(ECHO);
  await using mesh = await startMesh({ services: `${services.path}/echo.js`, execServers: 0 });
  const reply = await mesh.mesh.call<{ server: string }>("echo.echo");
  assertEquals([reply.server, mesh.servers.length], ["web-1", 1]);
});

Deno.test("disposing a test mesh ends its processes and removes its directories", async () => {
  using services = serviceDirectory(
    `${ECHO} export const hang = () => new Promise(() => {}); export const pid = () => Deno.pid;`,
  );
  const mesh = await startMesh({ services: services.path, config: { limits: { drainMs: 100 } } });
  const pids = [...mesh.servers.map(({ pid }) => pid), await mesh.mesh.call<number>("echo.pid")];
  assertEquals(pids.map(isAlive), pids.map(() => true));
  const hanging = mesh.mesh.call("echo.hang");
  const ended = assertRejects(() => hanging, MeshError);
  await mesh[Symbol.asyncDispose]();
  assertEquals((await ended).code, "CANCELLED");
  assertEquals(pids.map(isAlive), pids.map(() => false));
  for (const path of mesh.runtimeDirs) await assertRejects(() => Deno.stat(path));
});

Deno.test("a test mesh that cannot start throws what its server wrote, and leaves nothing", async () => {
  // A worker's first argument is the control socket, in the server's runtime directory.
  using services = serviceDirectory(`throw new Error("not today: " + Deno.args[0]);`);
  const error = await assertRejects(() => startMesh({ services: services.path }), MeshError);
  assertStringIncludes(error.message, "server exec-1 ended with exit code 1");
  const directory = /not today: (.*)\/exec-1\/control\.sock/.exec(error.message)?.[1];
  assert(directory !== undefined, error.message);
  await assertRejects(() => Deno.stat(directory), Deno.errors.NotFound);
});

Deno.test("a test mesh takes settings of mesh.json and variables for its servers", async () => {
  using services = serviceDirectory(`export const variable = () => Deno.env.get("GREETING");`);
  await using mesh = await startMesh({
    services: services.path,
    config: { limits: { messageBytes: 2_000 }, log: { format: "json" } },
    env: { GREETING: "hello" },
  });
  assertEquals(await mesh.mesh.call("echo.variable"), "hello");
  const error = await assertRejects(
    () => mesh.mesh.call("echo.variable", new Uint8Array(2_001)),
    MeshError,
  );
  assertEquals(error.code, "RESOURCE_EXHAUSTED");
  assertEquals(JSON.parse(mesh.log().split("\n")[0]!).server, "exec-1");
});
