/** Errors that user code does not catch: what becomes of the worker, and of everybody else's calls. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { attach, type AttachedMesh } from "../../client/attach.ts";
import type { WorkerStatus } from "../../server/worker_status.ts";
import { type Project, project } from "../support/spawned_mesh.ts";
import { native } from "../../native/ffi.ts";
import { outcomeOf, tally } from "../chaos/support/outcome.ts";
import { isAlive, processesOf, serve, type Serving, until } from "../chaos/support/servers.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

/** A handler for each way in which an error gets away; each answers well itself. */
const STRAYS = {
  rejection: `void Promise.reject(new Error("stray"))`,
  asyncFunction: `void (async () => { await null; throw new Error("stray"); })()`,
  timer: `setTimeout(() => { throw new Error("stray"); }, 1)`,
  interval: `const i = setInterval(() => { clearInterval(i); throw new Error("stray"); }, 1)`,
  nodeTimer: `nodeTimeout(() => { throw new Error("stray"); }, 1)`,
  microtask: `queueMicrotask(() => { throw new Error("stray"); })`,
  immediate: `setImmediate(() => { throw new Error("stray"); })`,
  nextTick: `process.nextTick(() => { throw new Error("stray"); })`,
  reported: `reportError(new Error("stray"))`,
  emitter: `setTimeout(() => new EventEmitter().emit("error", new Error("stray")), 1)`,
  abortListener: `const c = new AbortController();
    c.signal.addEventListener("abort", () => { throw new Error("stray"); }); c.abort()`,
  contextListener: `ctx.signal.addEventListener("abort", () => { throw new Error("stray"); });
    await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve))`,
  eventListener: `const t = new EventTarget();
    t.addEventListener("x", () => { throw new Error("stray"); }); t.dispatchEvent(new Event("x"))`,
  port:
    `const m = new MessageChannel(); m.port1.onmessage = () => { m.port1.close(); throw new Error("stray"); };
    m.port2.postMessage(1)`,
  file: `readFile("/no/such/file", () => { throw new Error("stray"); })`,
  bareObject: `void Promise.reject(Object.create(null))`,
  nothing: `void Promise.reject(undefined)`,
  revoked: `const r = Proxy.revocable({}, {}); r.revoke(); void Promise.reject(r.proxy)`,
  thrownNothing: `setTimeout(() => { throw undefined; }, 1)`,
  thrownBareObject: `setTimeout(() => { throw Object.create(null); }, 1)`,
  hostileError: `const e = new Error("x");
    for (const name of ["message", "stack", "name"]) Object.defineProperty(e, name, { get() { throw 1; } });
    setTimeout(() => { throw e; }, 1)`,
  hostileProxy:
    `void Promise.reject(new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } }))`,
  thrownRevoked:
    `setTimeout(() => { const r = Proxy.revocable({}, {}); r.revoke(); throw r.proxy; }, 1)`,
  thrownByInspect:
    `queueMicrotask(() => { throw { [Symbol.for("Deno.customInspect")]() { throw 1; } }; })`,
  thread: `new Worker("data:text/javascript,throw 1", { type: "module" })`,
  long: `void Promise.reject(new Error("long\\n".repeat(100_000)))`,
};
const SERVICE = `
import { EventEmitter } from "node:events";
import { readFile } from "node:fs";
import process from "node:process";
import { setTimeout as nodeTimeout } from "node:timers";
export const service = { idempotent: ["echo"] };
export const echo = (input) => input;
export const pid = () => Deno.pid;
export const hold = (ms) => new Promise((resolve) => setTimeout(() => resolve(Deno.pid), ms));
export const soon = () => { setTimeout(() => { throw new Error("stray"); }, 300); return Deno.pid; };
export const flood = () => { setInterval(() => { void Promise.reject(new Error("again")); }, 2); return Deno.pid; };
${
  Object.entries(STRAYS).map(([name, code]) =>
    `export const ${name} = async (_, ctx) => { ${code}; return Deno.pid; };`
  ).join("\n")
}`;

function exec(p: Project, ...words: string[]): Promise<Serving> {
  return serve(p, "one", "--role", "exec", "--services", "work.js", ...words);
}

/** Its workers, and how many errors it has counted. */
async function workersOf(server: Serving) {
  const { workers, counters } = await server.status();
  return { workers, uncaught: counters.uncaught };
}

/** Waits until a process has been replaced, and every worker is ready. */
function replaced(server: Serving, pid: number): Promise<readonly WorkerStatus[]> {
  return until(`${pid} is replaced`, async () => {
    const { workers } = await workersOf(server);
    const done = workers.every((worker) => worker.state === "ready" && worker.pid !== pid);
    return done ? workers : undefined;
  });
}

/** A few of them at a time: a place whose workers err one after another waits before the next. */
const NAMES = Object.keys(STRAYS);
const GROUPS = Array.from(
  { length: Math.ceil(NAMES.length / 7) },
  (_, group) => NAMES.slice(group * 7, group * 7 + 7),
);
for (const names of GROUPS) {
  Deno.test(`Stray errors (${names.join(", ")}) are answered by replacements in order, and no call fails`, async () => {
    await using p = await project({ "work.js": SERVICE });
    await using server = await exec(p, "--processes", "2");
    using mesh = await attach(server);
    let running = true, calls = 0;
    const failures: string[] = [];
    const callers = Array.from({ length: 8 }, async () => {
      for (; running; calls++) {
        // Not declared idempotent: a call that a worker's end had cost could not be tried again.
        const outcome = await outcomeOf(mesh.call("work.hold", 2));
        if (!outcome.ok) failures.push(outcome.error.message);
      }
    });
    try {
      for (const name of names) await stray(server, mesh, name);
      await until("enough calls were made", () => calls >= 2_000);
    } finally {
      running = false;
      await Promise.all(callers);
    }
    assertEquals(failures, []);
    const { workers, uncaught } = await workersOf(server);
    assertEquals(uncaught, names.length);
    assertEquals(workers.reduce((sum, worker) => sum + worker.uncaught, 0), uncaught);
    assertEquals(workers.reduce((sum, { restarts }) => sum + restarts, 0), uncaught);
    for (const { memoryBytes, requests, project } of workers) {
      assert(memoryBytes! > 1e6 && requests! >= 0);
      assertEquals(project, p.directory);
    }
    server.kill("SIGTERM");
    const { code, stderr } = await server.ended;
    assertEquals(code, 0);
    assertEquals(stderr.match(/ error uncaught error /g)?.length, uncaught);
    assertMatch(stderr, / error uncaught error .*slot=\d.*error=.*handlers=\["work\.hold /);
    assert(!stderr.includes("worker died"), stderr);
    assertEquals(processesOf(p.directory), []);
  });
}

/** Makes one worker err, and waits until it has been replaced. */
async function stray(server: Serving, mesh: AttachedMesh, name: string): Promise<void> {
  const before = await workersOf(server);
  const pids = before.workers.map(({ pid }) => pid);
  const timeoutMs = name === "contextListener" ? 20 : 5_000;
  const outcome = await outcomeOf(mesh.call<number>(`work.${name}`, null, { timeoutMs }));
  assert(outcome.ok || name === "contextListener", name);
  await until(`${name} is counted and its worker replaced`, async () => {
    const { workers, uncaught } = await workersOf(server);
    return uncaught === before.uncaught + 1 && workers.length === 2 &&
      workers.every(({ state }) => state === "ready") &&
      workers.some(({ pid }) => !pids.includes(pid));
  });
  if (outcome.ok) assert(!isAlive(outcome.value), name);
}

Deno.test("The new worker is ready before the old one is asked to leave, and the old one finishes what it has", async () => {
  await using p = await project({ "work.js": SERVICE });
  await using server = await exec(p, "--processes", "1");
  using mesh = await attach(server);
  const old = await mesh.call<number>("work.pid");
  const held = mesh.call<number>("work.hold", 1_500);
  await mesh.call("work.timer");
  const both = await until("there are two", async () => {
    const { workers } = await workersOf(server);
    return workers.length === 2 && workers.every(({ state }) => state !== "starting")
      ? workers
      : undefined;
  });
  assertEquals(both.find(({ pid }) => pid === old)?.state, "draining");
  assertEquals(both.find(({ pid }) => pid !== old)?.state, "ready");
  assert(await mesh.call<number>("work.pid") !== old, "new calls go to the new one");
  assertEquals(await held, old);
  await replaced(server, old);
});

Deno.test("A worker that does not finish within limits.drainMs is killed, and its calls end truthfully", async () => {
  await using p = await project({
    "work.js": SERVICE,
    "mesh.json": JSON.stringify({ limits: { drainMs: 300 } }),
  });
  await using server = await exec(p, "--processes", "1");
  using mesh = await attach(server);
  const old = await mesh.call<number>("work.pid");
  const held = outcomeOf(mesh.call("work.hold", 60_000, { timeoutMs: 60_000 }));
  await mesh.call("work.timer");
  assertEquals(tally([await held]), { "UNAVAILABLE started": 1 });
  const [worker] = await replaced(server, old);
  assertMatch(worker!.lastEnd!, /^replaced, and not done after 300 ms$/);
});

for (const onUncaught of ["continue", "exit"] as const) {
  Deno.test(
    `With exec.onUncaught "${onUncaught}" the worker ${
      onUncaught === "exit" ? "ends at once" : "goes on, and the error is counted"
    }`,
    async () => {
      await using p = await project({
        "work.js": SERVICE,
        "mesh.json": JSON.stringify({ exec: { onUncaught } }),
      });
      await using server = await exec(p, "--processes", "1");
      using mesh = await attach(server);
      const pid = await mesh.call<number>("work.pid");
      const held = outcomeOf(mesh.call<number>("work.hold", 1_000));
      await mesh.call("work.timer").catch(() => {});
      await until("it is counted", async () => (await workersOf(server)).uncaught === 1);
      if (onUncaught === "continue") {
        assertEquals(await held, { ok: true, value: pid, ms: (await held).ms });
        assertEquals((await workersOf(server)).workers.map((worker) => worker.pid), [pid]);
      } else {
        assertEquals(tally([await held]), { "UNAVAILABLE started": 1 });
        const [worker] = await replaced(server, pid);
        assertEquals([worker!.lastEnd, worker!.uncaught, worker!.restarts], ["exit code 1", 1, 1]);
      }
      server.kill("SIGTERM");
      assertMatch((await server.ended).stderr, /error uncaught error/);
    },
  );
}

Deno.test("What a process said before it ended counts, also when its server hears of the end first", async () => {
  await using p = await project({
    "work.js": SERVICE,
    "mesh.json": JSON.stringify({ exec: { onUncaught: "exit" } }),
  });
  await using server = await exec(p, "--processes", "1");
  using mesh = await attach(server);
  for (let errors = 1; errors <= 3; errors++) {
    const pid = await mesh.call<number>("work.soon");
    server.kill("SIGSTOP");
    try {
      await until("it has ended", () => !isAlive(pid));
    } finally {
      server.kill("SIGCONT");
    }
    await replaced(server, pid);
    assertEquals((await workersOf(server)).uncaught, errors);
  }
});

Deno.test("Errors without end are counted, few of them are logged, and few processes are started", async () => {
  await using p = await project({ "work.js": SERVICE });
  await using server = await exec(p, "--processes", "1");
  using mesh = await attach(server);
  const flooding = { value: true };
  // Each new process is told to err, too.
  const flood = (async () => {
    for (const seen = new Set<number>(); flooding.value;) {
      const pid = await mesh.call<number>("work.pid");
      if (!seen.has(pid)) seen.add(await mesh.call<number>("work.flood"));
    }
  })();
  await until("many errors", async () => (await workersOf(server)).uncaught > 2_000);
  flooding.value = false;
  await flood;
  const [worker] = (await workersOf(server)).workers;
  assert(worker!.restarts >= 1 && worker!.restarts <= 12, `${worker!.restarts} restarts`);
  server.kill("SIGTERM");
  const { code, stderr } = await server.ended;
  assertEquals(code, 0);
  const lines = stderr.split("\n").filter((line) => line.includes("uncaught error ")).length;
  assert(lines < 500, `${lines} lines`);
  assertMatch(stderr, /uncaught errors were left out of the log .*leftOut=\d+/);
});

Deno.test("A successor that cannot load leaves the old worker serving; when it can, it takes over", async () => {
  await using p = await project({ "work.js": SERVICE });
  await using server = await exec(p, "--processes", "1");
  using mesh = await attach(server);
  const pid = await mesh.call<number>("work.pid");
  const path = join(p.directory, "work.js");
  await Deno.writeTextFile(path, `${SERVICE}\nthrow new Error("broken today");`);
  await mesh.call("work.timer");
  await until(
    "it was tried twice",
    async () => (await workersOf(server)).workers[0]!.restarts >= 2,
  );
  assertEquals(await mesh.call("work.pid"), pid);
  await Deno.writeTextFile(path, SERVICE);
  await replaced(server, pid);
  assert(await mesh.call("work.pid") !== pid);
  server.kill("SIGTERM");
  assertMatch(
    (await server.ended).stderr,
    /a successor did not get ready: the old worker goes on .*why="\S+work\.js does not load: broken today \(file:\S+work\.js:\d+:\d+\)"/,
  );
});

Deno.test("An error that nobody catches while modules load is a failed start that says what and where", async () => {
  await using p = await project({
    "work.js": `setTimeout(() => { throw new Error("too early"); }, 1);
await new Promise((resolve) => setTimeout(resolve, 60_000));
export const echo = (input) => input;`,
  });
  const { code, stderr } = await p.start("run", "--role", "exec", "--services", "work.js").ended;
  assertEquals(code, 1);
  assertMatch(stderr, /an uncaught error while modules were loaded: too early at .*work\.js:1/);
});

Deno.test("Programs keep their right to handle such errors themselves", async () => {
  for (
    const listen of [
      `addEventListener("unhandledrejection", (event) => event.preventDefault())`,
      `onunhandledrejection = (event) => event.preventDefault()`,
      `process.on("unhandledRejection", () => {})`,
      `process.on("uncaughtException", () => {})`,
    ]
  ) {
    await using p = await project({ "work.js": `${SERVICE}\n${listen};` });
    await using server = await exec(p, "--processes", "1");
    using mesh = await attach(server);
    const pid = await mesh.call("work.rejection");
    for (let i = 0; i < 50; i++) assertEquals(await mesh.call("work.pid"), pid);
    assertEquals((await workersOf(server)).uncaught, 0, listen);
  }
});

const SITE = `export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/leave") {
    Deno.writeTextFileSync("begun", ".", { append: true });
    request.signal.addEventListener("abort", () => { throw new Error("the browser has left"); });
    await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
  }
  if (pathname === "/slow") await new Promise((resolve) => setTimeout(resolve, 1_000));
  return new Response(String(Deno.pid));
} };`;

Deno.test("A browser whose leaving makes a site err costs no other request anything", async () => {
  await using p = await project({
    "site.js": SITE,
    "mesh.json": JSON.stringify({ web: { listen: "127.0.0.1:0", processes: 2 } }),
  });
  await using server = await serve(p, "one", "--role", "web", "--site", "site.js");
  const url = `http://${server.address("web")}`;
  const get = async (path: string) => await (await fetch(url + path)).text();
  const begun = () => Deno.stat(join(p.directory, "begun")).then(({ size }) => size, () => 0);
  const leave = async (round: number) => {
    const before = (await workersOf(server)).workers.map(({ pid }) => pid);
    const leaver = new AbortController();
    const left = fetch(`${url}/leave`, { signal: leaver.signal }).catch(() => "left");
    await until("it is under way", async () => await begun() === round);
    leaver.abort();
    assertEquals(await left, "left");
    await until(`replacement ${round}`, async () => {
      const { workers, uncaught } = await workersOf(server);
      return uncaught === round && workers.length === 2 &&
        workers.every(({ state }) => state === "ready") &&
        workers.some(({ pid }) => !before.includes(pid));
    });
  };
  let running = true, answers = 0;
  const failures: unknown[] = [];
  const browsers = Array.from({ length: 4 }, async () => {
    for (; running; answers++) await get("/").catch((error) => failures.push(error));
  });
  const slow = Array.from({ length: 4 }, () => get("/slow"));
  try {
    for (let round = 1; round <= 3; round++) await leave(round);
  } finally {
    running = false;
    await Promise.all(browsers);
  }
  assertEquals(failures, []);
  assert(answers > 100, `${answers}`);
  for (const pid of await Promise.all(slow)) assertMatch(pid, /^\d+$/);
  server.kill("SIGTERM");
  const { code, stderr } = await server.ended;
  assertEquals(code, 0);
  assertStringIncludes(stderr, "the browser has left");
  assertEquals(processesOf(p.directory), []);
});

Deno.test("A server that ends while a worker is being replaced leaves nothing behind", async () => {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await using p = await project({ "work.js": SERVICE });
    await using server = await exec(p, "--processes", "2");
    using mesh = await attach(server);
    const held = outcomeOf(mesh.call("work.hold", 60_000));
    await mesh.call("work.timer");
    await until(
      "a successor starts",
      async () => (await workersOf(server)).workers.some(({ state }) => state === "starting"),
    );
    server.kill(signal);
    const { code } = await server.ended;
    if (signal === "SIGTERM") assertEquals(code, 0);
    await held;
    await until("all are gone", () => processesOf(p.directory).length === 0);
  }
});
