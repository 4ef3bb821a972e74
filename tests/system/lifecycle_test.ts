/** Servers end, die and come back; what that does to calls. */
import { delay } from "@std/async/delay";
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { attach } from "../../client/attach.ts";
import { type Project, project } from "../support/spawned_mesh.ts";
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
import { dialTcp } from "../support/dial_tcp.ts";
import { begun, EXEC, FILES } from "../chaos/support/work_project.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

/** How long a server may take to end, by the design. */
const END_MS = 5_000;

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
    const conn = await dialTcp(server.address(name));
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
      if (!outcome.ok) await delay(5);
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
  await delay(seconds * 1_000);
  const used = pids.map((pid, i) => (ticks(pid) - before[i]!) * 10);
  const total = used.reduce((sum, ms) => sum + ms, 0);
  console.log(
    `idle: ${total} ms of CPU in ${seconds} s, proxy and four workers: ${used.join(" ")} ms`,
  );
  assertEquals(used.length, 5);
  assertEquals(pids.filter(isAlive), pids);
});
