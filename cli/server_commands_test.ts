import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { askServer } from "./admin_client.ts";
import { type Project, project, type SpawnedMesh } from "../tests/support/spawned_mesh.ts";
import type { Status } from "../server/status.ts";

const ECHO = `
export const echo = (input, ctx) => ({ input, key: ctx.key, metadata: ctx.metadata });
export function* count(to) { for (let i = 1; i <= to; i++) yield i; }
export const bytes = () => new Uint8Array([0, 1, 255]);
export const fail = () => { throw new Error("as it should"); };
export const hang = (_, ctx) => new Promise(() => { ctx.log.info("hanging"); });
`;
const SITE = `export default { fetch: () => new Response("a page") };`;

const RUN = ["run", "--name", "one", "--runtime-dir", "run", "--processes", "1", "--slots", "4"];
const EXEC = [...RUN, "--role", "exec", "--services", "services"];

/** Starts a server and waits until it serves. */
async function serving(p: Project, ...words: string[]): Promise<SpawnedMesh & { ready: string }> {
  const server = p.start(...words);
  const ready = await server.firstLine;
  if (ready === undefined) throw new Error((await server.ended).stderr);
  return Object.assign(server, { ready });
}

const exists = async (path: string) => (await Deno.stat(path).catch(() => undefined)) !== undefined;

Deno.test("mesh run prints its ready line alone, drains at SIGTERM, exits 0 and leaves nothing", async () => {
  await using p = await project({ "services/echo.js": ECHO, "site.js": SITE });
  await using server = await serving(
    p,
    ...[...EXEC, "--role", "web", "--site", "site.js", "--listen", "127.0.0.1:0"],
    ...["--link", "127.0.0.1:0"],
  );
  assertMatch(server.ready, /^ready name=one roles=exec,web .*\blink=127\.0\.0\.1:\d+/);
  const web = /\bweb=(\S+)/.exec(server.ready)?.[1];
  assertEquals(await (await fetch(`http://${web}/`)).text(), "a page");
  server.kill("SIGTERM");
  const { code, stdout, stderr } = await server.ended;
  assertEquals([code, stdout], [0, `${server.ready}\n`], stderr);
  assertEquals(await exists(join(p.directory, "run")), false);
});

Deno.test("mesh run ends at once at the second SIGINT, though a call is under way", async () => {
  await using p = await project({
    "services/echo.js": ECHO,
    // Longer than anybody waits for a test.
    "mesh.json": JSON.stringify({ limits: { drainMs: 3_600_000 } }),
  });
  await using server = await serving(p, ...EXEC);
  await using caller = p.start(
    "call",
    "echo.hang",
    "--runtime-dir",
    "run",
    "--timeout-ms",
    "3600000",
  );
  const status = async () => await askServer<Status>(join(p.directory, "run"), "/status");
  while (!(await status()).slots.some(({ kind, inFlight }) => kind === "exec" && inFlight === 1));
  server.kill("SIGINT");
  while (!(await status()).server.draining);
  server.kill("SIGINT");
  await server.ended;
  const { code, stderr } = await caller.ended;
  assertEquals(code, 1);
  assertStringIncludes(stderr, "UNAVAILABLE: ");
});

Deno.test("mesh run refuses a port in use with exit code 1 and leaves nothing", async () => {
  await using p = await project({ "site.js": SITE });
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${(taken.addr as Deno.NetAddr).port}`;
  const { code, stdout, stderr } = await p.mesh(
    ...[...RUN, "--role", "web", "--site", "site.js", "--listen", address],
  );
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, address);
  assertEquals(await exists(join(p.directory, "run")), false);
});

Deno.test("mesh run names a module that does not load with exit code 1, a missing one with 2", async () => {
  await using p = await project({ "broken.js": "export const = 5;" });
  const broken = await p.mesh(...RUN, "--role", "exec", "--services", "broken.js");
  assertEquals([broken.code, broken.stdout], [1, ""]);
  assertStringIncludes(broken.stderr, join(p.directory, "broken.js"));
  const missing = await p.mesh(...RUN, "--role", "exec", "--services", "missing.js");
  assertEquals([missing.code, missing.stdout], [2, ""]);
  assertStringIncludes(missing.stderr, join(p.directory, "missing.js"));
  assertEquals(await exists(join(p.directory, "run")), false);
});

Deno.test("mesh call prints a reply as JSON, a stream line by line, bytes raw, an error on stderr", async () => {
  await using p = await project({ "services/echo.js": ECHO });
  await using _server = await serving(p, ...EXEC);
  const call = (...words: string[]) => p.mesh("call", ...words, "--runtime-dir", "run");

  const echo = await call("echo.echo", '{"a":[1,"ü"]}', "--key", "k", "--metadata", "n=v");
  assertEquals(echo.code, 0, echo.stderr);
  assertEquals(JSON.parse(echo.stdout), { input: { a: [1, "ü"] }, key: "k", metadata: { n: "v" } });
  assertEquals(await call("echo.count", "3"), { code: 0, stdout: "1\n2\n3\n", stderr: "" });
  assertEquals((await call("echo.bytes")).stdout, '{"base64":"AAH/"}\n');

  const failed = await call("echo.fail");
  assertEquals([failed.code, failed.stdout], [1, ""]);
  assertMatch(failed.stderr, /^INTERNAL: .*as it should/);
  assertMatch((await call("echo.nothing")).stderr, /^NOT_FOUND: /);
  const wrong = await call("echo.echo", "{a}");
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "the input is no JSON");
});

Deno.test("mesh status --json gives what the design promises", async () => {
  await using p = await project({ "services/echo.js": ECHO });
  await using server = await serving(p, ...EXEC);
  const { code, stdout } = await p.mesh("status", "--json", "--runtime-dir", "run");
  assertEquals(code, 0);
  const status = JSON.parse(stdout) as Status;
  const { uptimeMs, ...rest } = status.server;
  assert(uptimeMs > 0);
  assertEquals(rest, { name: "one", roles: ["exec"], pid: server.pid, draining: false });
  assertEquals(status.slots.length, 4);
  const worker = status.slots.find(({ kind }) => kind === "exec")!;
  assertEquals([worker.inFlight, worker.marks.process.write], [0, true]);
  assertEquals(status.groups.map(({ name, mode }) => [name, mode]), [["default", "normal"]]);
  assert(Object.keys(status.counters).length > 0);
  assert(Object.values(status.bounds).every((times) => typeof times === "number"));
  for (const flags of [[], ["--marks"]]) {
    const text = await p.mesh("status", "--runtime-dir", "run", ...flags);
    assertEquals([text.code, text.stderr], [0, ""]);
    assertStringIncludes(text.stdout, "exec");
  }
});

Deno.test("mesh check lists the modules, and fails with 1 for one that does not load", async () => {
  await using p = await project({ "services/echo.js": ECHO, "site.js": SITE });
  const flags = ["--role", "exec", "--role", "web", "--site", "site.js", "--services", "services"];
  const good = await p.mesh("check", ...flags);
  assertEquals([good.code, good.stderr], [0, ""]);
  assertStringIncludes(good.stdout, `service echo ${join(p.directory, "services/echo.js")}`);
  assertStringIncludes(good.stdout, "  echo.count\n");
  assertStringIncludes(good.stdout, `site ${join(p.directory, "site.js")}`);

  await Deno.writeTextFile(join(p.directory, "services/bad.js"), "syntax error");
  const bad = await p.mesh("check", ...flags);
  assertEquals(bad.code, 1);
  assertStringIncludes(bad.stderr, join(p.directory, "services/bad.js"));
});
