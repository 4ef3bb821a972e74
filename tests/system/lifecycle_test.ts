/** Servers and workers end, die, hang and come back; what that does to calls. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { attach } from "../../client/attach.ts";
import { type Project, project } from "../../cli/spawned_mesh.ts";
import { native } from "../../native/ffi.ts";
import { outcomeOf, tally } from "../chaos/support/outcome.ts";
import {
  exists,
  isAlive,
  processesOf,
  serve,
  type Serving,
  until,
} from "../chaos/support/servers.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

/** Every call notes its start in a file, so that a test knows when it is under way. */
const WORK = `
const note = (tag) => Deno.writeTextFileSync("started", tag + "\\n", { append: true });
const pause = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); });
});
export const service = { idempotent: ["again", "echo"] };
export const echo = (input) => input;
export const pid = () => Deno.pid;
export const hold = async (input, ctx) => {
  note(input.tag);
  await pause(input.ms ?? 1e9, ctx.signal);
  return input.tag;
};
/** Hangs the first time, in whatever process. */
export const again = async (input, ctx) => {
  note(input.tag);
  let first = true;
  try { Deno.mkdirSync("tag-" + input.tag); } catch { first = false; }
  if (first) await pause(1e9, ctx.signal);
  return Deno.pid;
};
/** Replies when it may, and is dead before anybody has read the reply. */
export const lastWords = async () => {
  note("last");
  while (!exists("go")) await new Promise((resolve) => setTimeout(resolve, 5));
  setTimeout(() => Deno.kill(Deno.pid, "SIGKILL"), 0);
  return "last words";
};
const exists = (path) => { try { return Deno.statSync(path).isFile; } catch { return false; } };
/** Whoever reads the life line sees its end, though this process lives on. */
export const cutLifeLine = () => {
  const libc = Deno.dlopen("libc.so.6", { shutdown: { parameters: ["i32", "i32"], result: "i32" } });
  for (let fd = 3; fd < 200; fd++) libc.symbols.shutdown(fd, 2);
  return new Promise(() => {});
};
`;
const FILES = {
  "work.js": WORK,
  "site.js":
    `export default { fetch: async (_, { mesh }) => Response.json(await mesh.call("work.pid")) };`,
};
const EXEC = ["--role", "exec", "--services", "work.js", "--processes"];
/** How long a server may take to end, by the design. */
const END_MS = 5_000;

/** Waits until calls with these tags have begun. */
async function begun(p: Project, ...tags: string[]): Promise<void> {
  await until(`begun: ${tags}`, async () => {
    const text = await Deno.readTextFile(join(p.directory, "started")).catch(() => "");
    const seen = text.split("\n");
    return tags.every((tag) => seen.includes(tag));
  });
}

/** Sends a signal and checks that the server ends in time, with this exit code, leaving nothing. */
async function ends(p: Project, server: Serving, signal: Deno.Signal, code = 0): Promise<void> {
  const began = performance.now();
  server.kill(signal);
  const ended = await server.ended;
  const ms = performance.now() - began;
  assertEquals(ended.code, code, ended.stderr);
  assert(ms < END_MS, `it took ${ms} ms to end`);
  assertEquals(exists(server.runtimeDir), false, "its runtime directory is left");
  assertEquals(processesOf(p.directory), []);
}

Deno.test("SIGTERM lets calls finish within the drain limit, ends longer ones once, and leaves nothing", async () => {
  await using p = await project(FILES);
  await using server = await serve(p, "one", ...EXEC, "2");
  using mesh = await attach(server);
  const short = outcomeOf(mesh.call("work.hold", { tag: "short", ms: 800 }));
  let endings = 0;
  const call = mesh.call("work.hold", { tag: "long" }, { timeoutMs: 60_000 });
  call.then(() => endings++, () => endings++);
  const long = outcomeOf(call);
  await begun(p, "short", "long");
  await ends(p, server, "SIGTERM");
  const [a, b] = await Promise.all([short, long]);
  assert(a.ok && a.value === "short", JSON.stringify(a));
  assert(!b.ok && b.error.code === "UNAVAILABLE" && b.error.started, JSON.stringify(b));
  assertEquals(endings, 1);
});

Deno.test("SIGINT ends a server with both roles and its workers, exit code 0", async () => {
  await using p = await project(FILES);
  await using server = await serve(
    p,
    "one",
    ...[...EXEC, "1", "--role", "web", "--site", "site.js", "--listen", "127.0.0.1:0"],
  );
  const response = await fetch(`http://${server.address("web")}/`);
  assertEquals(await response.json(), (await server.slots("exec"))[0]!.pid);
  await ends(p, server, "SIGINT");
});

Deno.test("SIGTERM ends a server though a browser has sent half a request, and an admin client too", async () => {
  await using p = await project(FILES);
  await using server = await serve(
    p,
    "one",
    ...[...EXEC, "1", "--role", "web", "--site", "site.js", "--listen", "127.0.0.1:0"],
    ...["--admin", "127.0.0.1:0"],
  );
  const halves: Deno.Conn[] = [];
  for (const name of ["web", "admin"] as const) {
    const [hostname, port] = server.address(name).split(":");
    const conn = await Deno.connect({ hostname: hostname!, port: Number(port) });
    await conn.write(new TextEncoder().encode("GET /healthz HTTP/1.1\r\nHost: h"));
    halves.push(conn);
  }
  const idle = await Deno.connect({
    transport: "unix",
    path: join(server.runtimeDir, "admin.sock"),
  });
  try {
    await ends(p, server, "SIGTERM");
  } finally {
    for (const conn of [...halves, idle]) conn.close();
  }
});

Deno.test("A second SIGINT ends a server at once, and the call under way with it", async () => {
  await using p = await project({
    ...FILES,
    "mesh.json": JSON.stringify({ limits: { drainMs: 3_600_000 } }),
  });
  await using server = await serve(p, "one", ...EXEC, "1");
  using mesh = await attach(server);
  const long = outcomeOf(mesh.call("work.hold", { tag: "long" }, { timeoutMs: 60_000 }));
  await begun(p, "long");
  server.kill("SIGINT");
  await until("it drains", async () => (await server.status()).server.draining);
  await ends(p, server, "SIGINT", 1);
  assertEquals(tally([await long]), { "UNAVAILABLE started": 1 });
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} while a service is being loaded ends the server, exit code 0, no ready line`, async () => {
    await using p = await project({
      "slow.js":
        `Deno.writeTextFileSync("started", "load\\n"); await new Promise((r) => setTimeout(r, 1e9));`,
    });
    await using server = p.start(
      ...[
        "run",
        "--name",
        "one",
        "--runtime-dir",
        "one",
        "--role",
        "exec",
        "--services",
        "slow.js",
      ],
      ...["--processes", "2"],
    );
    await begun(p, "load");
    const began = performance.now();
    server.kill(signal);
    const ended = await server.ended;
    assert(performance.now() - began < END_MS);
    assertEquals([ended.code, ended.stdout], [0, ""], ended.stderr);
    assertEquals(exists(join(p.directory, "one")), false);
    assertEquals(processesOf(p.directory), []);
  });
}

Deno.test("Workers of a server killed with SIGKILL exit by themselves, and its guests' calls end", async () => {
  await using p = await project(FILES);
  await using server = await serve(
    p,
    "one",
    ...[...EXEC, "2", "--role", "web", "--site", "site.js", "--listen", "127.0.0.1:0"],
  );
  using mesh = await attach(server);
  const long = outcomeOf(mesh.call("work.hold", { tag: "long" }, { timeoutMs: 60_000 }));
  await begun(p, "long");
  server.kill("SIGKILL");
  assertEquals(tally([await long]), { "UNAVAILABLE started": 1 });
  await until("no process is left", () => processesOf(p.directory).length === 0);
});

Deno.test("A worker killed under load costs only its own calls: idempotent ones are retried, others end in UNAVAILABLE", async () => {
  await using p = await project(FILES);
  await using server = await serve(p, "one", ...EXEC, "2");
  using mesh = await attach(server);
  const options = { timeoutMs: 10_000 };
  const held = ["a", "b"].map((tag) =>
    outcomeOf(mesh.call("work.hold", { tag, ms: 1_500 }, options))
  );
  const again = ["c", "d"].map((tag) => outcomeOf(mesh.call("work.again", { tag }, options)));
  await begun(p, "a", "b", "c", "d");
  const before = await server.slots("exec");
  const [victim, other] = before;
  let running = true;
  const callers = Array.from({ length: 10 }, async () => {
    let made = 0;
    for (; running; made++) assertEquals(await mesh.call("work.echo", made, options), made);
    return made;
  });
  Deno.kill(victim!.pid, "SIGKILL");
  // One of each kind was on the victim: calls are spread over the processes.
  assertEquals(tally(await Promise.all(held)), { "UNAVAILABLE started": 1, ok: 1 });
  const after = await until("the worker is replaced", async () => {
    const now = await server.slots("exec");
    return now.length === 2 && now.every(({ state }) => state === "ready") ? now : undefined;
  });
  assertEquals(after.find(({ pid }) => pid === other!.pid)?.generation, other!.generation);
  running = false;
  for (const made of await Promise.all(callers)) assert(made > 0);
  const replaced = after.find(({ pid }) => pid !== other!.pid)!;
  assertEquals(
    replaced.generation,
    before.find(({ index }) => index === replaced.index)!.generation + 1,
  );
  Deno.kill(other!.pid, "SIGKILL");
  const values = await Promise.all(again);
  assertEquals(tally(values), { ok: 2 });
});

Deno.test("Calls that a dead worker provably never saw are answered by another", async () => {
  await using p = await project({
    ...FILES,
    "mesh.json": JSON.stringify({ shm: { spaceBytes: 2_048 } }),
  });
  await using server = await serve(p, "one", ...EXEC, "2");
  using mesh = await attach(server);
  const victim = (await server.slots("exec"))[0]!;
  Deno.kill(victim.pid, "SIGSTOP");
  // Two or three of those for the victim fit its space, which it does not read; the rest wait in the proxy.
  const input = "x".repeat(700);
  const calls = Array.from({ length: 24 }, () => outcomeOf(mesh.call("work.pid", input)));
  await until("the victim has calls that wait in the proxy", async () => {
    const { slots } = await server.status();
    const slot = slots[victim.index] as unknown as { queuedBytes: number; inFlight: number };
    return slot.queuedBytes > 0 &&
      slots.every(({ index, inFlight, kind }) =>
        kind !== "exec" || index === victim.index || inFlight === 0
      );
  });
  Deno.kill(victim.pid, "SIGKILL");
  assertEquals(tally(await Promise.all(calls)), { ok: 24 });
});

Deno.test("A reply that a worker gave before it died reaches its caller", async () => {
  await using p = await project(FILES);
  await using server = await serve(p, "one", ...EXEC, "1");
  using mesh = await attach(server);
  const last = outcomeOf(mesh.call("work.lastWords"));
  await begun(p, "last");
  const worker = (await server.slots("exec"))[0]!;
  // The proxy cannot look before the worker is dead.
  server.kill("SIGSTOP");
  await Deno.writeTextFile(join(p.directory, "go"), "");
  await until("the worker is dead", () => !isAlive(worker.pid));
  server.kill("SIGCONT");
  assertEquals(tally([await last]), { ok: 1 });
});

Deno.test("A worker that cuts its life line is ended and replaced, and its calls end in UNAVAILABLE", async () => {
  await using p = await project(FILES);
  await using server = await serve(p, "one", ...EXEC, "1");
  using mesh = await attach(server);
  const [before] = await server.slots("exec");
  const cut = await outcomeOf(mesh.call("work.cutLifeLine"));
  assertEquals(tally([cut]), { "UNAVAILABLE started": 1 });
  await until("the old process is gone", () => !isAlive(before!.pid));
  await until("there is a new one", async () => (await server.slots("exec"))[0]?.state === "ready");
  assertEquals(await mesh.call("work.echo", 1), 1);
});

Deno.test("A stopped worker costs its calls their deadline and nobody else anything; SIGCONT heals it", async () => {
  await using p = await project(FILES);
  await using server = await serve(p, "one", ...EXEC, "2");
  using mesh = await attach(server);
  const [victim] = await server.slots("exec");
  Deno.kill(victim!.pid, "SIGSTOP");
  const timeoutMs = 700;
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => outcomeOf(mesh.call<number>("work.pid", null, { timeoutMs }))),
  );
  for (const outcome of outcomes) {
    if (outcome.ok) assert(outcome.value !== victim!.pid);
    else assertEquals(outcome.error.code, "DEADLINE_EXCEEDED");
    assert(outcome.ms < timeoutMs + 1_000, `it ended after ${outcome.ms} ms`);
  }
  assert(outcomes.some(({ ok }) => ok), "the other worker answers");
  Deno.kill(victim!.pid, "SIGCONT");
  await until(
    "it answers again",
    async () => await mesh.call("work.pid") === victim!.pid,
  );
  assertEquals((await server.slots("exec")).length, 2);
});

Deno.test("A worker that dies at every start is reported as a crash loop, does not spin, and heals", async () => {
  await using p = await project({
    "work.js":
      `try { Deno.statSync("broken"); Deno.exit(3); } catch (e) { if (!(e instanceof Deno.errors.NotFound)) throw e; }
export const echo = (input) => input;`,
  });
  await using server = await serve(p, "one", ...EXEC, "1");
  using mesh = await attach(server);
  await Deno.writeTextFile(join(p.directory, "broken"), "");
  Deno.kill((await server.slots("exec"))[0]!.pid, "SIGKILL");
  const counters = async () =>
    (await server.status()).counters as { crashLoops: number; workerStarts: number };
  await until("it is a crash loop", async () => (await counters()).crashLoops === 1);
  const { workerStarts } = await counters();
  assert(workerStarts <= 7, `${workerStarts} starts`);
  await Deno.remove(join(p.directory, "broken"));
  await until(
    "it works again",
    async () => (await outcomeOf(mesh.call("work.echo", 1))).ok,
  );
  server.kill("SIGTERM");
  const { code, stderr } = await server.ended;
  assertEquals(code, 0);
  assertMatch(stderr, /worker keeps dying.*exit code 3/);
});

Deno.test("An exec server killed and started again under load: every call ends once, in time, and calls work again", async () => {
  await using p = await project(FILES);
  await using web = await serve(
    p,
    "web",
    ...["--role", "web", "--site", "site.js", "--listen", "127.0.0.1:0", "--processes", "1"],
    ...["--link", "127.0.0.1:0"],
  );
  const startExec = () => serve(p, "exec", ...EXEC, "1", "--connect", web.address("link"));
  await using first = await startExec();
  using mesh = await attach(web);
  await until("the link is up", async () => (await outcomeOf(mesh.call("work.echo", 0))).ok);
  const timeoutMs = 1_000;
  let running = true;
  let endings = 0;
  const outcomes: Awaited<ReturnType<typeof outcomeOf>>[] = [];
  const caller = async () => {
    for (let i = 0; running; i++) {
      const call = mesh.call("work.hold", { tag: `load`, ms: 5 }, { timeoutMs });
      call.then(() => endings++, () => endings++);
      const outcome = await outcomeOf(call);
      outcomes.push(outcome);
      // Without a server calls fail at once: no need to make them by the million.
      if (!outcome.ok) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const callers = Array.from({ length: 20 }, caller);
  await until("the load runs", () => outcomes.length > 100);
  first.kill("SIGKILL");
  await first.ended;
  await until("calls fail", () => outcomes.some(({ ok }) => !ok));
  await using _second = await startExec();
  const restartedAt = outcomes.length;
  await until(
    "calls work again",
    () => outcomes.slice(restartedAt).filter(({ ok }) => ok).length > 100,
  );
  running = false;
  await Promise.all(callers);
  assertEquals(endings, outcomes.length);
  for (const outcome of outcomes) {
    assert(outcome.ms < timeoutMs + 1_000, `it ended after ${outcome.ms} ms`);
    if (!outcome.ok) assertEquals(outcome.error.code, "UNAVAILABLE");
  }
  const { links } = await web.status();
  assertEquals(links.filter(({ state }) => state === "connected").length, 1, JSON.stringify(links));
  const { openCalls } = (await web.status()).counters;
  assertEquals(openCalls, 0);
});

Deno.test("An idle server rests: the CPU time of its processes is printed", async () => {
  await using p = await project(FILES);
  await using server = await serve(p, "one", ...EXEC, "4");
  const pids = [server.pid, ...(await server.slots("exec")).map(({ pid }) => pid)];
  // utime and stime in ticks of 10 ms; the command's name in parentheses may hold spaces.
  const ticks = (pid: number) => {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = pids.map(ticks);
  const seconds = 5;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const used = pids.map((pid, i) => (ticks(pid) - before[i]!) * 10);
  const total = used.reduce((sum, ms) => sum + ms, 0);
  console.log(
    `idle: ${total} ms of CPU in ${seconds} s, proxy and four workers: ${used.join(" ")} ms`,
  );
  assertEquals(used.length, 5);
  assertEquals(pids.filter(isAlive), pids);
});
