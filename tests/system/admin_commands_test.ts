/**
 * The commands that ask a running server why, and tell it to reload or to drain; SIGHUP; the life line.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Project, project } from "../support/spawned_mesh.ts";
import { meshInvocation } from "../../cli/program.ts";
import type { Explanation } from "../../routing/types.ts";
import { missingCommand, testUnless } from "../skip.ts";
import { exists, isAlive, processesOf, serve, until } from "../chaos/support/servers.ts";

const QUOTES = `
export const price = (_, ctx) => ctx.requestId;
export const hold = (_, ctx) => new Promise((resolve) => {
  Deno.writeTextFileSync("held", "");
  ctx.signal.addEventListener("abort", resolve);
});
`;
const EXEC = ["--role", "exec", "--services", "services", "--processes", "1"];
const GROUPS = {
  shares: { mode: "routed", services: ["quotes"] },
  photos: { mode: "keyed", services: ["photos"], keys: { club: "exec-2" } },
};

const configure = (p: Project, settings: Record<string, unknown>) =>
  Deno.writeTextFile(`${p.directory}/mesh.json`, JSON.stringify(settings));

Deno.test("mesh status --json counts the bounds that a worker meets", async () => {
  await using p = await project({
    "services/deep.js":
      "export const nest = () => { let v = []; for (let i = 0; i < 600; i++) v = [v]; return v; };",
  });
  await using server = await serve(p, "exec-1", ...EXEC);
  const met = async () => (await server.status()).bounds;
  assertEquals((await met()).PAYLOAD_DEPTH_MAX, 0);
  const call = await p.mesh("call", "deep.nest", "--runtime-dir", "exec-1");
  assertStringIncludes(call.stderr, "lies deeper");
  await until("the worker's bound is counted", async () => (await met()).PAYLOAD_DEPTH_MAX === 1);
});

Deno.test("mesh why explains a decision to come, and where a request went", async () => {
  await using p = await project({
    "services/quotes.js": QUOTES,
    "services/photos.js": "export const get = () => 1;",
  });
  await using two = await serve(p, "exec-2", ...EXEC, "--link", "127.0.0.1:0");
  await configure(p, { groups: GROUPS });
  await using _one = await serve(p, "exec-1", ...EXEC, "--connect", two.address("link"));
  const mesh = (...words: string[]) => p.mesh(...words, "--runtime-dir", "exec-1");

  const { code, stdout, stderr } = await mesh("why", "quotes.price", "--key", "ann");
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^group +shares$/m);
  assertMatch(stdout, /^picked +exec-[12] \(key's server\)$/m);
  assertMatch(stdout, /^(→ )? +exec-1 \(this one\) +ok +0\.\d+ +0/m);
  assertMatch(stdout, /^(→ )? +exec-2 +ok +0\.\d+ +0/m);
  assertMatch(stdout, /^score: place in the key's order/m);
  const picked = /^picked +(\S+)/m.exec(stdout)![1]!;

  const asked = await mesh("why", "quotes", "--key", "ann", "--json");
  const explanation = JSON.parse(asked.stdout) as Explanation;
  assertEquals([explanation.service, explanation.picked], ["quotes", picked]);
  assertEquals(explanation.candidates[0]?.server, picked, "the highest score is first");
  // Asking changes nothing.
  assertEquals(explanation.candidates.map(({ picked }) => picked), [0, 0]);

  const nope = await mesh("why", "quotes.prise", "--key", "ann");
  assertMatch(
    nope.stdout,
    /^refused +NOT_FOUND: service "quotes" has no handler "prise"; it has hold, price/m,
  );
  assertStringIncludes(nope.stdout, "(did you mean price?)");
  assertMatch(
    (await mesh("why", "quote.price")).stdout,
    /^refused +NOT_FOUND: .*\(did you mean quotes\?\)$/m,
  );

  const unknown = await mesh("why", "photos", "--key", "nobody");
  assertEquals(unknown.code, 0);
  assertMatch(unknown.stdout, /^refused +NOT_FOUND: /m);

  const requestId = JSON.parse((await mesh("call", "quotes.price", "--key", "ann")).stdout);
  const request = await mesh("why", "--request", requestId);
  assertEquals([request.code, request.stderr], [0, ""]);
  assertMatch(
    request.stdout,
    new RegExp(`^0 ms +quotes\\.price +1 +${picked} +key's server +ok +[\\d.]+ ms$`, "m"),
  );
  const nothing = await mesh("why", "--request", "0".repeat(16));
  assertEquals([nothing.code, nothing.stdout], [1, ""]);
  assertStringIncludes(nothing.stderr, "has not routed the request");
  assertEquals((await mesh("why")).code, 2);
  assertEquals((await mesh("why", "--request", "xyz")).code, 2);

  const status = (await mesh("status")).stdout;
  assertMatch(status, new RegExp(`^ +shares +${picked} +ok +1 +0 +0 +0$`, "m"));
});

Deno.test("mesh reload says what is in force and what needs a restart, and all faults of a wrong file", async () => {
  await using p = await project({ "services/quotes.js": QUOTES });
  await configure(p, {});
  await using server = await serve(p, "one", ...EXEC);
  const modes = async () => (await server.status()).groups.map(({ name, mode }) => [name, mode]);
  const reload = (...words: string[]) => p.mesh("reload", "--runtime-dir", "one", ...words);

  await configure(p, { groups: GROUPS, limits: { drainMs: 1 } });
  const { code, stdout, stderr } = await reload();
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^in force as configured: groups, link\.connect$/m);
  assertMatch(stdout, /^changed, but only by a restart: limits$/m);
  const after = [["default", "normal"], ["shares", "routed"], ["photos", "keyed"]];
  assertEquals(await modes(), after);
  assertEquals(JSON.parse((await reload("--json")).stdout).needRestart, ["limits"]);

  await configure(p, { groups: { shares: { mode: "roted" } }, limits: { drainMs: -1 } });
  const wrong = await reload();
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assertStringIncludes(wrong.stderr, "nothing has changed: 2 faults");
  assertStringIncludes(wrong.stderr, "groups.shares");
  assertStringIncludes(wrong.stderr, "limits.drainMs");
  assertEquals(await modes(), after);

  // SIGHUP does the same, faults into the log.
  server.kill("SIGHUP");
  await configure(p, { groups: { shares: { mode: "normal", services: ["quotes"] } } });
  await until("SIGHUP puts another mode into force", async () => {
    server.kill("SIGHUP");
    return (await modes()).some(([name, mode]) => name === "shares" && mode === "normal");
  });
  server.kill("SIGTERM");
  const ended = await server.ended;
  assertEquals(ended.code, 0, ended.stderr);
});

Deno.test("mesh drain ends a server with its calls, and waits for that no longer than it is told", async () => {
  await using p = await project({ "services/quotes.js": QUOTES });
  await configure(p, { limits: { drainMs: 3_600_000 } });
  await using idle = await serve(p, "idle", ...EXEC);
  assertEquals(await p.mesh("drain", "--runtime-dir", "idle"), {
    code: 0,
    stdout: "idle has ended\n",
    stderr: "",
  });
  assertEquals([isAlive(idle.pid), exists(`${p.directory}/idle`)], [false, false]);
  assertEquals((await idle.ended).code, 0);
  assertEquals((await p.mesh("drain", "--runtime-dir", "idle")).code, 1);

  await using busy = await serve(p, "busy", ...EXEC);
  await using caller = p.start(
    ...["call", "quotes.hold", "--runtime-dir", "busy", "--timeout-ms", "60000"],
  );
  await until("a call is under way", () => exists(`${p.directory}/held`));
  await using waiting = p.start("drain", "--runtime-dir", "busy");
  await until("it drains", async () => (await busy.status()).server.draining);
  const late = await p.mesh("drain", "--runtime-dir", "busy", "--timeout-ms", "100");
  assertEquals([late.code, late.stdout], [1, ""]);
  assertMatch(late.stderr, /busy \(pid \d+\) drains, but has not ended after 100 ms/);
  caller.kill("SIGKILL");
  assertEquals((await waiting.ended).code, 0);
});

Deno.test("mesh drain ends a server whose start does not come to an end", async () => {
  await using p = await project({
    "slow.js":
      `Deno.writeTextFileSync("started", ""); await new Promise((r) => setTimeout(r, 1e9));`,
  });
  await using server = p.start(
    ...["run", "--runtime-dir", "run", "--role", "exec", "--services", "slow.js"],
    ...["--processes", "1"],
  );
  await until("the service is being loaded", () => exists(`${p.directory}/started`));
  assertEquals((await p.mesh("drain", "--runtime-dir", "run")).code, 0);
  const { code, stdout } = await server.ended;
  assertEquals([code, stdout], [0, ""]);
});

Deno.test("an unknown variable is warned of, and a service of two modules refused at the start", async () => {
  await using p = await project({
    "a/news.js": `export const service = { name: "sports" }; export const all = () => 1;`,
    "b/news.js": `export const all = () => 2;`,
    "b/sports.js": `export const all = () => 3;`,
  });
  const run = ["run", "--runtime-dir", "run", "--role", "exec", "--processes", "1", "--services"];
  const twice = await p.mesh(...run, "a,b");
  assertEquals([twice.code, twice.stdout], [1, ""]);
  assertStringIncludes(
    twice.stderr,
    `the service "sports" is in ${p.directory}/a/news.js and in ${p.directory}/b/sports.js`,
  );

  const { command, args } = meshInvocation([...run, "a/news.js,b/news.js"]);
  const { HOME = "/", PATH = "" } = Deno.env.toObject();
  await using child = new Deno.Command(command, {
    args: [...args],
    cwd: p.directory,
    clearEnv: true,
    env: { HOME, PATH, NO_COLOR: "1", MESH_LISEN: "127.0.0.1:1", MESH_STDIN_LIFELINE: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const stdout = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertMatch((await stdout.read()).value ?? await stderr, /^ready /);
  assertEquals((await p.mesh("call", "sports.all", "--runtime-dir", "run")).stdout, "1\n");
  assertEquals((await p.mesh("call", "news.all", "--runtime-dir", "run")).stdout, "2\n");
  // The life line: the server drains when nobody holds the other end of its stdin.
  await child.stdin.close();
  assertEquals((await child.status).code, 0);
  await stdout.cancel();
  assertMatch(await stderr, /unknown environment variable is ignored .*MESH_LISEN .*MESH_LISTEN/);
});

testUnless(
  missingCommand("script"),
  "a server that was started in a terminal drains when the terminal is closed",
  async () => {
    await using p = await project({ "services/quotes.js": QUOTES });
    const { command, args } = meshInvocation(["run", "--runtime-dir", "run", ...EXEC]);
    await using terminal = new Deno.Command("script", {
      args: ["-qfc", [command, ...args].join(" "), "/dev/null"],
      cwd: p.directory,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    // The admin socket answers before the processes have loaded their services.
    const { server } = await until("it serves", async () => {
      const { stdout } = await p.mesh("status", "--json", "--runtime-dir", "run");
      return stdout.includes('"quotes"') && JSON.parse(stdout);
    });
    Deno.kill(server.pid, "SIGHUP");
    assertEquals((await p.mesh("call", "quotes.price", "--runtime-dir", "run")).code, 0);
    terminal.kill("SIGKILL");
    await until(
      "it has ended and left nothing",
      () => !isAlive(server.pid) && !exists(`${p.directory}/run`),
    );
  },
);

Deno.test("the servers of mesh demo end with it, though it is killed", async () => {
  await using p = await project({});
  await using demo = p.start("demo", "--listen", "127.0.0.1:0");
  const url = await demo.firstLine;
  if (url === undefined) throw new Error((await demo.ended).stderr);
  const servers = processesOf(p.directory).filter((line) => / run --config /.test(line));
  assertEquals(servers.length, 3);
  demo.kill("SIGKILL");
  await demo.ended;
  await until("no process is left", () => processesOf(p.directory).length === 0);
  // A demo that was killed cannot tidy up.
  const [, directory] = /--runtime-dir (\S+)\/(?:web|exec)-/.exec(servers[0]!)!;
  await Deno.remove(directory!, { recursive: true });
});
