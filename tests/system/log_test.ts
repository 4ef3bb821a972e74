/** What comes out of a server's stderr, whatever its workers, its users and strangers do. */
import { delay } from "@std/async/delay";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { attach } from "../../client/attach.ts";
import { meshInvocation } from "../../cli/program.ts";
import { project } from "../support/spawned_mesh.ts";
import { MeshError } from "../../errors.ts";
import { native } from "../../native/ffi.ts";
import { attachSlot } from "../../shm/attach.ts";
import { serve, statusOf, until } from "../chaos/support/servers.ts";
import { dialTcp } from "../support/dial_tcp.ts";
import { untilClosed, writeAll } from "../chaos/support/stranger.ts";
import { endings, Load } from "../support/load.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

/** Methods of console that print. */
const CONSOLE = [
  "debug",
  "log",
  "info",
  "warn",
  "error",
  "dir",
  "dirxml",
  "table",
  "trace",
  "assert",
  "count",
]
  .concat(
    "time",
    "timeLog",
    "timeEnd",
    "group",
    "groupCollapsed",
    "groupEnd",
    "countReset",
    "clear",
  );

const WORK = `
console.log("loaded", { a: 1 });
const raw = (stream, text) => Deno[stream].writeSync(new TextEncoder().encode(text));
export const echo = (input) => input;
export const fails = () => { throw new Error("again"); };
/** Logs so many lines in each way. */
export const chatter = (lines, { log }) => {
  for (let i = 0; i < lines; i++) {
    log.info("by ctx.log", { filler: "x".repeat(1_000) });
    console.log("by console", "y".repeat(1_000));
    raw("stdout", "written directly " + "z".repeat(1_000) + "\\n");
  }
  return lines;
};
export const hostile = (_, { log }) => {
  const circular = {};
  circular.self = circular;
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const forged = "x\\n2026-01-01T00:00:00.000Z error forged\\r\\x1b[2J\\x9b1m\\u2028\\u202e";
  const fields = { circular, revoked: revoked.proxy, get a() { throw 1; }, big: 1n, toJSON() { throw 2; },
    time: 0, level: "debug", message: "no", server: "other", slot: 99, stream: "none", [forged]: forged,
    ["__proto__"]: 1, deep: JSON.parse("[".repeat(5_000) + "]".repeat(5_000)), wide: new Array(1e6) };
  for (const message of [forged, circular, revoked.proxy, undefined, Symbol("s"), "x".repeat(1e6)]) {
    log.error(message, fields);
    log.warn("odd fields", message);
    console.error(message, fields, circular, 5n);
  }
  for (const name of ${JSON.stringify(CONSOLE)}) console[name](circular, forged);
  raw("stderr", "raw " + forged + "\\n{\\"time\\":1,\\"server\\":\\"other\\"}\\nno line break");
  raw("stdout", "raw " + forged + "\\n" + "w".repeat(100_000) + "\\n\\xff\\n");
  process.stderr.write("by node\\n");
  new Deno.Command("sh", { args: ["-c", "echo by a child; echo by a child >&2"] , stdout: "inherit", stderr: "inherit" }).outputSync();
  return "done";
};
export const uncaught = () => { setTimeout(() => { throw new Error("nobody\\ncatches me"); }); return "soon"; };
/** Spoils what mesh needs, logs, and tells what it has seen of it. */
export const spoil = (_, { log }) => {
  const seen = [];
  const spy = () => { throw new Error("spoilt"); };
  const undo = [[JSON, "stringify"], [TextEncoder.prototype, "encode"], [Object, "keys"], [Object, "entries"],
    [Object.prototype, "toJSON"], [Uint8Array.prototype, "set"], [Deno.stderr, "write"], [Deno.stderr, "writeSync"]]
    .map(([of, name]) => {
      const own = Object.getOwnPropertyDescriptor(of, name);
      Object.defineProperty(of, name, { value: (...values) => { seen.push(values); spy(); }, configurable: true });
      return () => own === undefined ? delete of[name] : Object.defineProperty(of, name, own);
    });
  try {
    log.info("spoilt", { a: 1 });
    console.log("spoilt", { a: 1 });
  } finally { undo.forEach((back) => back()); }
  return JSON.stringify(seen).includes("\\u001e");
};
/** Another file gets the number of stderr. */
export const close = async (path, { log }) => {
  Deno.stderr.close();
  using file = await Deno.open(path, { create: true, write: true });
  log.info("after the end of stderr");
  await file.write(new TextEncoder().encode("only mine"));
  return Deno.readTextFile(path);
};
export const exit = () => { console.error("last words"); Deno.exit(7); };
`;
const SITE = `console.warn("site loaded");
export default { fetch(request) {
  console.log("asked for", new URL(request.url).pathname);
  if (request.url.endsWith("/bad")) throw new Error("bad\\nsite");
  return new Response("fine");
} };`;
const EXEC = ["--role", "exec", "--services", "work.js", "--processes", "1"];

const linesOf = (stderr: string) => stderr.split("\n").slice(0, -1);

Deno.test("Every line is JSON that says where it comes from, also of code that writes past the log and of a worker that dies", async () => {
  await using p = await project({ "work.js": WORK, "site.js": SITE });
  const words = ["--site", "site.js", "--listen", "127.0.0.1:0", "--log-format", "json"];
  await using server = await serve(p, "one", "--role", "web", ...EXEC, ...words);
  {
    using mesh = await attach(server);
    assertEquals(await mesh.call("work.hostile", null), "done");
    for (const path of ["good", "bad"]) {
      await (await fetch(`http://${server.address("web")}/${path}`)).text();
    }
    for (const handler of ["uncaught", "exit"]) {
      const [{ pid } = { pid: 0 }] = await server.slots("exec");
      await mesh.call(`work.${handler}`, null).catch(() => {});
      await until(`another worker after ${handler}`, async () => {
        const [slot] = await server.slots("exec");
        return slot?.state === "ready" && slot.pid !== pid;
      });
    }
  }
  server.kill("SIGTERM");
  const { code, stderr } = await server.ended;
  assertEquals(code, 0);
  const lines = linesOf(stderr).map((line) => {
    assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line), JSON.stringify(line));
    const json = JSON.parse(line);
    assertEquals([json.server, typeof json.message], ["one", "string"], line);
    assert(
      !Number.isNaN(Date.parse(json.time)) &&
        ["debug", "info", "warn", "error"].includes(json.level),
    );
    return json;
  });
  const own =
    /^(ready|worker died|draining|ended|link |worker keeps|worker is|worker ends|uncaught)/;
  for (const line of lines) {
    if (own.test(line.message)) continue;
    assert(typeof line.slot === "number" || typeof line.pid === "number", JSON.stringify(line));
  }
  const seen = (pattern: RegExp, stream?: string) => {
    const line = lines.find((line) => pattern.test(line.message) && line.stream === stream);
    assert(line !== undefined && typeof line.slot === "number", `no line like ${pattern}`);
    return line;
  };
  seen(/^loaded \{ a: 1 \}$/);
  seen(/^site loaded$/);
  seen(/^asked for \/good$/);
  seen(/^the site failed to answer/);
  seen(/^raw x$/, "stderr");
  seen(/^raw x$/, "stdout");
  seen(/by a child/, "stderr");
  seen(/by a child/, "stdout");
  seen(/^no line breakby node$/, "stderr");
  seen(/^w+… \(91808 more bytes\)$/, "stdout");
  assert(stderr.includes("catches me"));
  seen(/^last words$/);
  const { fields: _, ...hostile } = seen(/^x\n2026/);
  assertEquals([hostile.slot_, hostile.server_, hostile.big], [99, "other", "1"]);
  assertEquals([hostile.service, hostile.handler, hostile.circular.self], [
    "work",
    "hostile",
    "[circular]",
  ]);
});

Deno.test("For people too, a line is a line: nothing in it forges another or reaches the terminal", async () => {
  await using p = await project({ "work.js": WORK });
  await using server = await serve(p, "one", ...EXEC, "--log-level", "debug");
  {
    using mesh = await attach(server);
    assertEquals(await mesh.call("work.hostile", null), "done");
    await mesh.call("work.exit", null).catch(() => {});
  }
  server.kill("SIGTERM");
  const { stderr } = await server.ended;
  for (const line of linesOf(stderr)) {
    assertMatch(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z (debug|info |warn |error) .* server=one\b/);
    // What pretends to be a line of its own is the raw line of a worker, and says so.
    if (/^\S+ \S+ +"?2026-01-01T/.test(line)) assertMatch(line, /stream=std(out|err)$/);
    assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line), JSON.stringify(line));
  }
});

Deno.test("A reader of stderr that stalls costs lines, which are counted, and nothing else", async () => {
  await using p = await project({ "work.js": WORK });
  const { command, args } = meshInvocation(["run", "--name", "one", "--runtime-dir", "one"]);
  const { HOME = "/", PATH = "" } = Deno.env.toObject();
  const start = () =>
    new Deno.Command(command, {
      args: [...args, ...EXEC, "--processes", "2", "--log-format", "json"],
      cwd: p.directory,
      clearEnv: true,
      env: { HOME, PATH },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  for (const resumes of [true, false]) {
    const server = start();
    const stdout = server.stdout.getReader();
    const { value: ready } = await stdout.read();
    assertMatch(new TextDecoder().decode(ready), /^ready /);
    const runtimeDir = join(p.directory, "one");
    const counters = async () =>
      (await statusOf(runtimeDir)).counters as { logDropped: number; logReadWaits: number };
    let calls = 0;
    {
      using mesh = await attach({ runtimeDir });
      const load = new Load(
        100,
        20_000,
        (i) => i % 2 ? mesh.call("work.chatter", 10) : mesh.call("work.echo", 10),
      );
      await load.more(300);
      await until("lines are dropped", async () => (await counters()).logDropped > 0);
      await load.more(100);
      const samples = await load.stop();
      assertEquals(endings(samples), { ok: samples.length });
      calls = samples.filter(({ number }) => number % 2 === 1).length;
    }
    let text: Promise<string> | undefined;
    if (resumes) {
      text = new Response(server.stderr).text();
      await until("everything is read", async () => {
        const before = await counters();
        await delay(100);
        return (await counters()).logDropped === before.logDropped;
      });
    }
    server.kill("SIGTERM");
    // A reader that has stalled for good does not keep the server either.
    assertEquals((await server.status).code, 0);
    await stdout.cancel();
    if (text === undefined) {
      await server.stderr.cancel();
      continue;
    }
    const lines = linesOf(await text).map((line) => JSON.parse(line));
    const count = (pattern: RegExp) => lines.filter(({ message }) => pattern.test(message)).length;
    const dropped = lines.reduce((sum, line) => sum + (line.dropped ?? 0), 0);
    const written = count(/^by ctx|^by console|^written directly/);
    assert(dropped > 0);
    assertEquals(written + dropped, calls * 30, "each line is there or counted");
  }
});

Deno.test("Strangers who are refused cannot fill the log", async () => {
  await using p = await project({ "work.js": WORK });
  await using server = await serve(
    p,
    "one",
    ...EXEC,
    ...["--link", "127.0.0.1:0", "--log-level", "debug"],
  );
  const control = join(server.runtimeDir, "control.sock");
  for (let i = 0; i < 300; i++) {
    using conn = await dialTcp(server.address("link"));
    await writeAll(conn, new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n".repeat(2)));
    await untilClosed(conn);
    const hello = new TextEncoder().encode('{"kind":"exec","token":"no"}');
    await assertRejects(() => attachSlot(control, hello, 5_000), MeshError);
  }
  {
    using mesh = await attach(server);
    for (let i = 0; i < 300; i++) {
      await assertRejects(() => mesh.call("work.fails", null), MeshError);
    }
  }
  const { counters } = await server.status();
  assert(Number(counters.logLeftOut) > 400, JSON.stringify(counters));
  server.kill("SIGTERM");
  const { stderr } = await server.ended;
  const lines = linesOf(stderr);
  assert(lines.length < 150, `${lines.length} lines`);
  const leftOut = lines.flatMap((line) => /leftOut=(\d+)/.exec(line)?.[1] ?? []).map(Number);
  const told = lines.filter((line) =>
    /(not become a link|not admitted|work.fails threw)/.test(line) && !line.includes("leftOut=")
  );
  assertEquals(told.length + leftOut.reduce((sum, lines) => sum + lines, 0), 900);
});

Deno.test("User code that spoils the globals, or closes stderr, neither fails nor learns what marks a record", async () => {
  await using p = await project({ "work.js": WORK });
  await using server = await serve(p, "one", ...EXEC);
  {
    using mesh = await attach(server);
    assertEquals(await mesh.call("work.spoil", null), false);
    assertEquals(await mesh.call("work.close", join(p.directory, "file")), "only mine");
  }
  server.kill("SIGTERM");
  assertMatch((await server.ended).stderr, / info {2}after the end of stderr server=one slot=0 /);
});

Deno.test("A server serves and ends whatever its stderr is", async () => {
  await using p = await project({ "work.js": WORK });
  const { command, args } = meshInvocation(["run", "--name", "one", "--runtime-dir", "one"]);
  const { HOME = "/", PATH = "" } = Deno.env.toObject();
  for (const way of ["2>/dev/full", "2>&-", "2>/dev/null", "reader gone"]) {
    const server = new Deno.Command("sh", {
      args: [
        "-c",
        `exec "$@" ${way === "reader gone" ? "" : way}`,
        "sh",
        command,
        ...args,
        ...EXEC,
      ],
      cwd: p.directory,
      clearEnv: true,
      env: { HOME, PATH },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stdout = server.stdout.getReader();
    await server.stderr.cancel();
    assertMatch(new TextDecoder().decode((await stdout.read()).value), /^ready /, way);
    {
      using mesh = await attach({ runtimeDir: join(p.directory, "one") });
      for (let i = 0; i < 20; i++) assertEquals(await mesh.call("work.chatter", 10), 10, way);
    }
    server.kill("SIGTERM");
    assertEquals((await server.status).code, 0, way);
    await stdout.cancel();
  }
});

Deno.test("A server that cannot be started says so as JSON where JSON is asked for", async () => {
  await using p = await project({ "bad.js": `throw new Error("no\\ngood");` });
  const words = ["--role", "exec", "--services", "bad.js", "--log-format", "json"];
  const { code, stderr } = await p.mesh("run", "--runtime-dir", "one", ...words);
  assertEquals(code, 1);
  const lines = linesOf(stderr).map((line) => JSON.parse(line));
  const last = lines.at(-1);
  assertEquals([last.level, last.message], ["error", "the server could not be started"]);
  assertMatch(last.why, /bad\.js.*no\ngood/s);
});
