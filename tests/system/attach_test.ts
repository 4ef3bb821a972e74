/** Programs that join a running server's mesh. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { toFileUrl } from "@std/path";
import { project } from "../support/spawned_mesh.ts";
import { attach, MeshError } from "../../mod.ts";
import { startMesh } from "../../testing.ts";
import { failure } from "../support/call_case.ts";
import { ROOT, userProject } from "../support/user_project.ts";

const ECHO = `
export const echo = (input) => input;
export const hang = (_, ctx) => new Promise((_, reject) => ctx.signal.addEventListener("abort", reject));
export function* count(to) { for (let i = 1; i <= to; i++) yield i; }
`;

const PROGRAM = `
import { attach, MeshError } from "mesh";

interface Echo {
  echo(input: { text: string }): { text: string };
  count(to: number): AsyncIterable<number>;
}

using mesh = await attach({ runtimeDir: Deno.args[0]! });
const echo = mesh.service<Echo>("echo");
const { text } = await echo.echo({ text: "hello" });
const items: number[] = [];
for await (const item of echo.count(3)) items.push(item);
const error: unknown = await mesh.call("no.such").catch((error) => error);
const code = error instanceof MeshError ? error.code : "no MeshError";
console.log(JSON.stringify({ text, items, code }));
`;

Deno.test("a program with a deno.json of its own joins a mesh, type-checked, and gives its slot back", async () => {
  await using project = await userProject({
    "echo.js": ECHO,
    "job/deno.json": {
      imports: { "mesh": toFileUrl(`${ROOT}mod.ts`).href },
      compilerOptions: { strict: true, noUnusedLocals: true },
    },
    "job/main.ts": PROGRAM,
  });
  // Three slots: one for the worker, one for our own attachment, one for the program.
  await using mesh = await startMesh({ services: project.path("echo.js"), slots: 3 });
  const [, runtimeDir] = mesh.runtimeDirs as [string, string];
  using _guest = await attach({ runtimeDir });
  // As the documentation of attach() has it: these permissions are enough.
  const permissions = ["--allow-ffi", "--allow-read", "--allow-env"];
  for (let run = 0; run < 3; run++) {
    const args = ["--check", "--no-lock", "--no-prompt", ...permissions, "job/main.ts", runtimeDir];
    const { code, stdout, stderr } = await project.deno("run", ...args);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout), { text: "hello", items: [1, 2, 3], code: "NOT_FOUND" });
  }
});

Deno.test("attaching again and again to the last free slot always finds it free", async () => {
  await using project = await userProject({ "echo.js": ECHO });
  await using mesh = await startMesh({ services: project.path("echo.js"), slots: 2 });
  for (let i = 0; i < 100; i++) {
    using guest = await attach({ runtimeDir: mesh.runtimeDirs[1]! });
    if (i % 3 === 0) assertEquals(await guest.call("echo.echo", i), i);
  }
});

Deno.test("attach() is RESOURCE_EXHAUSTED when all slots are taken, and says of which server", async () => {
  await using project = await userProject({ "echo.js": ECHO });
  await using mesh = await startMesh({ services: project.path("echo.js"), slots: 2 });
  const runtimeDir = mesh.runtimeDirs[1]!;
  using guest = await attach({ runtimeDir });
  const error = await failure(attach({ runtimeDir }), "RESOURCE_EXHAUSTED");
  assertEquals(error.message, "all 2 slots of exec-1 are taken");
  assertEquals(error.started, false);
  assertEquals(await guest.call("echo.echo", "still here"), "still here");
});

Deno.test("attach() is UNAVAILABLE where no server runs, and names the socket", async () => {
  const error = await failure(attach({ runtimeDir: "/dev/shm/no-such-server" }), "UNAVAILABLE");
  assertStringIncludes(error.message, "/dev/shm/no-such-server/control.sock");
});

Deno.test("leaving a mesh ends calls under way in CANCELLED and later ones at once", async () => {
  await using project = await userProject({ "echo.js": ECHO });
  await using mesh = await startMesh({ services: project.path("echo.js") });
  const guest = await attach({ runtimeDir: mesh.runtimeDirs[0]! });
  const hanging = guest.call("echo.hang");
  const items = guest.call<number>("echo.count", 1_000_000)[Symbol.asyncIterator]();
  assertEquals((await items.next()).value, 1);
  guest[Symbol.dispose]();
  await failure(hanging, "CANCELLED");
  await failure(guest.call("echo.echo", 1), "CANCELLED");
  await assertRejects(async () => {
    while (!(await items.next()).done);
  }, MeshError);
  await guest[Symbol.asyncDispose]();
});

Deno.test("when a server dies, calls of attached programs end in UNAVAILABLE and later ones at once", async () => {
  await using project = await userProject({ "echo.js": ECHO });
  await using mesh = await startMesh({ services: project.path("echo.js") });
  using guest = await attach({ runtimeDir: mesh.runtimeDirs[0]! });
  const hanging = guest.call("echo.hang", null, { timeoutMs: 60_000 });
  assertEquals(await guest.call("echo.echo", 1), 1);
  Deno.kill(mesh.servers[0]!.pid, "SIGKILL");
  const error = await failure(hanging, "UNAVAILABLE");
  assertStringIncludes(error.message, "web-1");
  const later = await failure(guest.call("echo.echo", 1), "UNAVAILABLE");
  assert(later.message.includes("web-1"), later.message);
});

Deno.test("a program may be attached to several servers at once", async () => {
  await using project = await userProject({ "echo.js": ECHO });
  await using mesh = await startMesh({ services: project.path("echo.js"), execServers: 2 });
  const [web, ...execs] = mesh.runtimeDirs;
  using one = await attach({ runtimeDir: execs[0]! });
  using two = await attach({ runtimeDir: execs[1]! });
  using three = await attach({ runtimeDir: web! });
  const replies = [one, two, three].map((guest, i) => guest.call("echo.echo", i));
  assertEquals(await Promise.all(replies), [0, 1, 2]);
});

Deno.test("attach() without a directory finds the only server that runs, with the permissions of any attach()", async () => {
  const script = `
    import { attach, MeshError } from ${JSON.stringify(toFileUrl(`${ROOT}mod.ts`).href)};
    try {
      using mesh = await attach();
      console.log(JSON.stringify(await mesh.call("echo.echo", "found")));
    } catch (error) {
      console.log(error instanceof MeshError, error.code, error.message);
    }`;
  await using p = await project({ "services/echo.js": ECHO, "job.js": script });
  const name = `attach-test-${Deno.pid}`;
  const words = ["run", "--role", "exec", "--services", "services", "--processes", "1"];
  await using server = p.start(...words, "--name", name);
  if (await server.firstLine === undefined) throw new Error((await server.ended).stderr);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-lock", "--no-prompt", "--allow-ffi", "--allow-read", "--allow-env"],
      `${p.directory}/job.js`,
    ],
  }).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  // Other servers may run on this machine: then this one is among those that are named.
  if (text !== '"found"\n') {
    assertMatch(text!, /^true INVALID_ARGUMENT attach: \d+ servers run/, errors);
    assertMatch(text!, new RegExp(`/mesh-\\d+/${name}$`, "m"));
  }
  server.kill("SIGTERM");
  await server.ended;
});
