/** Starts that cannot work: one message that names the cause, the right exit code, nothing left. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { type EndedMesh, type Project, project } from "../support/spawned_mesh.ts";
import { exists, processesOf, serve, until } from "../chaos/support/servers.ts";
import { commandPath, testUnless } from "../skip.ts";

const ECHO = "export const echo = (input) => input;";
const SITE = `export default { fetch: () => new Response("a page") };`;
const FILES = { "echo.js": ECHO, "site.js": SITE };
const RUN = ["run", "--name", "one", "--runtime-dir", "run", "--processes", "1"];
const EXEC = [...RUN, "--role", "exec", "--services"];
const ECHO_EXEC = [...EXEC, "echo.js"];

/** Runs `mesh`, which must end by itself with one message and leave nothing behind. */
async function fails(p: Project, words: string[], code: number, cause: RegExp): Promise<EndedMesh> {
  const before = new Set(Deno.readDirSync(p.directory).map(({ name }) => name));
  const ended = await p.mesh(...words);
  assertEquals([ended.code, ended.stdout], [code, ""], ended.stderr);
  const messages = ended.stderr.split("\n").filter((line) => line.startsWith("mesh run: "));
  assertEquals(messages.length, 1, ended.stderr);
  assertMatch(ended.stderr, cause);
  assert(
    !/^ +at .*\((file|ext):/m.test(ended.stderr),
    `a stack trace is no message:\n${ended.stderr}`,
  );
  const left = [...Deno.readDirSync(p.directory)].filter(({ name }) => !before.has(name));
  assertEquals(left, [], "files left");
  assertEquals(processesOf(p.directory), [], "processes left");
  return ended;
}

for (
  const [what, flag, setting] of [["web", "--listen", "web.listen"], [
    "link",
    "--link",
    "link.listen",
  ], ["admin", "--admin", "admin"]] as const
) {
  Deno.test(`A ${what} port in use ends the start, and the message names the address`, async () => {
    await using p = await project(FILES);
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const address = `127.0.0.1:${(taken.addr as Deno.NetAddr).port}`;
    const web = what === "web" ? ["--role", "web", "--site", "site.js"] : [];
    const { stderr } = await fails(p, [...ECHO_EXEC, ...web, flag, address], 1, /cannot listen on/);
    assert(stderr.includes(address) && stderr.includes(setting), stderr);
  });
}

Deno.test("A missing module is a wrong configuration", async () => {
  await using p = await project({});
  const { stderr } = await fails(p, [...EXEC, "nowhere.js"], 2, /./);
  assert(stderr.includes(join(p.directory, "nowhere.js")), stderr);
});

Deno.test("A syntax error in a service ends the start, and the message says where it is", async () => {
  await using p = await project({ "bad.js": "export const fine = 1;\nexport const = 5;\n" });
  const { stderr } = await fails(p, [...EXEC, "bad.js"], 1, /bad\.js does not load/);
  assertMatch(stderr, /bad\.js:2/);
});

Deno.test("A service whose top level throws ends the start with what it threw", async () => {
  await using p = await project({ "bad.js": `throw new Error("no database today");` });
  await fails(p, [...EXEC, "bad.js"], 1, /bad\.js does not load: no database today/);
});

Deno.test("A service that exits while it is loaded ends the start with its exit code", async () => {
  await using p = await project({ "bad.js": `Deno.exit(77);` });
  await fails(
    p,
    [...EXEC, "bad.js"],
    1,
    /^mesh run: a worker \(exec\) ended before it was ready: exit code 77$/m,
  );
});

Deno.test("A site that exports no fetch ends the start", async () => {
  await using p = await project({ "site.js": "export default 5;" });
  await fails(
    p,
    [...RUN, "--role", "web", "--listen", "127.0.0.1:0", "--site", "site.js"],
    1,
    /site\.js/,
  );
});

Deno.test("A service that never finishes loading ends the start after a bounded time", async () => {
  await using p = await project({ "slow.js": `await new Promise((r) => setTimeout(r, 1e9));` });
  await fails(
    p,
    [...EXEC, "slow.js"],
    1,
    /worker \(exec\) ended before it was ready: .* not loaded after 20000 ms$/m,
  );
});

Deno.test("Five faults of a configuration are reported at once, each with its path", async () => {
  await using p = await project({
    ...FILES,
    "mesh.json": JSON.stringify({
      name: "not a name",
      slots: 0,
      space: 3,
      limits: { drainMs: -1, timeoutMs: "soon" },
      link: { listen: "nowhere" },
    }),
  });
  const { stderr } = await fails(p, ["run", "--role", "exec", "--services", "echo.js"], 2, /./);
  for (const path of ["name", "slots", "limits.drainMs", "limits.timeoutMs", "link.listen"]) {
    assert(stderr.includes(path), `${path} is not in:\n${stderr}`);
  }
});

Deno.test("A runtime directory that cannot be made ends the start", async () => {
  await using p = await project(FILES);
  const under = "echo.js/run";
  await fails(
    p,
    [...ECHO_EXEC, "--runtime-dir", under],
    1,
    /cannot write in the runtime directory .*echo\.js\/run/,
  );
});

Deno.test("A runtime directory whose sockets' paths would be too long is refused", async () => {
  await using p = await project(FILES);
  const long = `deep/${"d".repeat(120)}`;
  await fails(
    p,
    [...ECHO_EXEC, "--runtime-dir", long],
    2,
    /runtimeDir.*a path shorter by \d+ bytes/,
  );
});

Deno.test("An unknown flag is refused with the flag that was meant", async () => {
  await using p = await project(FILES);
  await fails(p, [...ECHO_EXEC, "--proceses", "2"], 2, /--proceses.*--processes/);
});

Deno.test("More processes than slots are refused before anything starts", async () => {
  await using p = await project(FILES);
  await fails(p, [...ECHO_EXEC, "--processes", "4", "--slots", "3"], 2, /slots/);
});

const mount = Deno.uid() !== 0
  ? "only root may mount"
  : commandPath("mount") === undefined
  ? "mount is not installed"
  : undefined;

/** A small tmpfs at `directory`, or why there can be none. */
async function tmpfs(directory: string, options: string): Promise<AsyncDisposable | string> {
  await Deno.mkdir(directory, { recursive: true });
  const run = (command: string, ...args: string[]) =>
    new Deno.Command(command, { args, stdout: "null", stderr: "piped" }).output();
  const mounted = await run(
    "mount",
    "-t",
    "tmpfs",
    "-o",
    `${options},mode=700`,
    "tmpfs",
    directory,
  );
  if (!mounted.success) return new TextDecoder().decode(mounted.stderr);
  return { [Symbol.asyncDispose]: async () => void await run("umount", directory) };
}

const canMount = mount ?? await (async () => {
  const directory = await Deno.makeTempDir();
  const mounted = await tmpfs(directory, "size=64k");
  if (typeof mounted !== "string") await mounted[Symbol.asyncDispose]();
  await Deno.remove(directory);
  return typeof mounted === "string" ? `mount is refused here (${mounted.trim()})` : undefined;
})();

testUnless(
  canMount,
  "Too little shared memory ends the start, and the message has both numbers",
  async () => {
    await using p = await project(FILES);
    const directory = join(p.directory, "small");
    await using _mounted = await tmpfs(directory, "size=1m") as AsyncDisposable;
    await fails(
      p,
      [...ECHO_EXEC, "--runtime-dir", directory, "--slots", "20"],
      1,
      /segment.*\d+.*\d+/,
    );
    assertEquals([...Deno.readDirSync(directory)], []);
  },
);

testUnless(canMount, "A runtime directory on a read-only file system ends the start", async () => {
  await using p = await project(FILES);
  const directory = join(p.directory, "fixed");
  await using _mounted = await tmpfs(directory, "size=1m,ro") as AsyncDisposable;
  await fails(
    p,
    [...ECHO_EXEC, "--runtime-dir", directory],
    1,
    /cannot write in the runtime directory .*fixed/,
  );
});

Deno.test("A runtime directory of a killed server is taken over", async () => {
  await using p = await project(FILES);
  const words = ["--role", "exec", "--services", "echo.js", "--processes", "1"];
  await using first = await serve(p, "one", ...words);
  first.kill("SIGKILL");
  await first.ended;
  assert(exists(join(first.runtimeDir, "segment")), "SIGKILL leaves the segment");
  const second = await serve(p, "one", ...words);
  const called = await p.mesh("call", "echo.echo", "5", "--runtime-dir", "one");
  assertEquals([called.code, called.stdout], [0, "5\n"], called.stderr);
  second.kill("SIGTERM");
  const { code, stderr } = await second.ended;
  assertEquals(code, 0, stderr);
  assertEquals([...Deno.readDirSync(p.directory)].map(({ name }) => name).sort(), [
    "echo.js",
    "one",
    "site.js",
  ]);
  assertEquals([...Deno.readDirSync(join(p.directory, "one"))], [], "it was there before");
});

Deno.test("A runtime directory in use is refused by name and pid, and its server goes on undisturbed", async () => {
  await using p = await project(FILES);
  const words = ["--role", "exec", "--services", "echo.js", "--processes", "1"];
  await using first = await serve(p, "run", ...words);
  const files = () => [...Deno.readDirSync(first.runtimeDir)].map(({ name }) => name).sort();
  const before = files();
  const second = await p.mesh(...ECHO_EXEC);
  assertEquals([second.code, second.stdout], [1, ""]);
  assertMatch(second.stderr, /^mesh run: /m);
  assert(second.stderr.includes(String(first.pid)), second.stderr);
  assertEquals(files(), before);
  const called = await p.mesh("call", "echo.echo", "5", "--runtime-dir", "run");
  assertEquals([called.code, called.stdout], [0, "5\n"], called.stderr);
  const worker = (await first.slots("exec"))[0]!;
  Deno.kill(worker.pid, "SIGKILL");
  await until("the worker is replaced", async () => {
    const [now] = await first.slots("exec");
    return now?.state === "ready" && now.pid !== worker.pid;
  });
  const again = await p.mesh("call", "echo.echo", "6", "--runtime-dir", "run");
  assertEquals([again.code, again.stdout], [0, "6\n"], again.stderr);
  first.kill("SIGTERM");
  assertEquals((await first.ended).code, 0);
  assertEquals(exists(first.runtimeDir), false);
});
