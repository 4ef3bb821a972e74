/** Workers die, hang and come back; what that does to calls. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { attach } from "../../client/attach.ts";
import { project } from "../support/spawned_mesh.ts";
import { native } from "../../native/ffi.ts";
import { outcomeOf, tally } from "../chaos/support/outcome.ts";
import { isAlive, serve, until } from "../chaos/support/servers.ts";
import { begun, EXEC, FILES } from "../chaos/support/work_project.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

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
    const slot = slots[victim.index]!;
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

Deno.test("When a server is killed its workers end, also those that are busy or stopped and do not notice", async () => {
  await using p = await project(FILES);
  await using server = await serve(p, "one", ...EXEC, "3");
  using mesh = await attach(server);
  const busy = mesh.call("work.loop", { tag: "loop" }, { timeoutMs: 60_000 }).catch(() => {});
  await begun(p, "loop");
  const workers = await server.slots("exec");
  assertEquals(workers.length, 3);
  const stopped = (await Promise.all(workers.map(async ({ pid }) => {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    return { pid, idle: !stat.includes(") R ") };
  }))).find(({ idle }) => idle)!;
  Deno.kill(stopped.pid, "SIGSTOP");
  server.kill("SIGKILL");
  await until("all workers have ended", () => workers.every(({ pid }) => !isAlive(pid)));
  await busy;
});
