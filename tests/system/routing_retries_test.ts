/**
 * Which calls are made once more when a server fails, where, and how often: the services count.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { RETRY_BUDGET_MIN, RETRY_BUDGET_RATIO } from "../../limits.ts";
import { until } from "../chaos/support/servers.ts";
import { failure } from "../support/call_case.ts";
import { Fleet } from "../support/fleet.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { endings, Load } from "../support/load.ts";
import { probeService } from "../support/probe_service.ts";

const LONG = { timeoutMs: 60_000 };
const GROUPS = {
  plain: { mode: "normal", services: ["plain"] },
  busy: { mode: "normal", services: ["busy"] },
};

/** Each invocation is a line of a file, so that those of a server that was killed count, too. */
const NOTING = `
const note = (handler, server) => Deno.writeTextFileSync(LOG, handler + " " + server + "\\n", { append: true });
const hang = (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
export const service = { idempotent: ["again"] };
/** Hangs on the server that its input names. */
export const again = async ({ on }, ctx) => {
  note("again", ctx.server);
  if (on === ctx.server) await hang(ctx.signal);
  return ctx.server;
};
export const once = async ({ on }, ctx) => {
  note("once", ctx.server);
  if (on === ctx.server) await hang(ctx.signal);
  return ctx.server;
};
`;

/** Three exec servers and a web server; `noting`: with the service above, else with the usual one. */
async function mesh3(noting: boolean) {
  await using opened = new AsyncDisposableStack();
  const fleet = opened.use(
    await Fleet.open({
      "site.js": `export default { fetch: () => new Response("") };`,
    }),
  );
  const log = `${fleet.directory}/invocations`;
  await Deno.writeTextFile(log, "");
  await Deno.mkdir(`${fleet.directory}/services`);
  const code = noting ? `const LOG = ${JSON.stringify(log)};${NOTING}` : probeService();
  await Deno.writeTextFile(`${fleet.directory}/services/plain.js`, code);
  await Deno.writeTextFile(`${fleet.directory}/services/busy.js`, probeService({ concurrency: 1 }));
  const execs = await fleet.start(["exec-1", "exec-2", "exec-3"].map((name) => fleet.exec(name)));
  const connect = execs.map(({ link }) => link);
  const [web] = await fleet.start([fleet.web("web-1", connect, GROUPS)]) as [FleetServer];
  await web.linked("exec-1", "exec-2", "exec-3");
  const invoked = async (handler: string) =>
    (await Deno.readTextFile(log)).split("\n").filter((line) => line.startsWith(`${handler} `))
      .map((line) => line.split(" ")[1]!);
  return { running: opened.move(), execs, web, invoked };
}

Deno.test("calls that may have started are made once more if they are idempotent, within the budget, and never otherwise", async () => {
  const { running, execs, web, invoked } = await mesh3(true);
  await using _ = running;
  using mesh = await web.attach();
  const victim = execs[1]!;
  const calls = 90;
  const third = calls / 3;
  // A third of each is at the victim when it dies: more than the retry budget pays for.
  const call = (handler: string) =>
    Array.from({ length: calls }, () => {
      const call = mesh.call<string>(`plain.${handler}`, { on: victim.name }, LONG);
      return call.then((value) => ({ value, code: undefined, started: undefined }), (error) => ({
        value: undefined,
        code: error.code,
        started: error.started,
      }));
    });
  const all = { again: call("again"), once: call("once") };
  await until(
    "every call has been taken",
    async () =>
      (await invoked("again")).length === calls && (await invoked("once")).length === calls,
  );
  await victim.kill();
  const again = await Promise.all(all.again);
  const once = await Promise.all(all.once);

  const budget = RETRY_BUDGET_MIN + Math.floor(RETRY_BUDGET_RATIO * 2 * calls);
  const retried = (await invoked("again")).length - calls;
  console.log(
    `idempotent calls at the dead server: ${third}, retried: ${retried}, budget: ${budget}`,
  );
  assertEquals(retried, Math.min(third, budget), "retries");
  assertEquals(again.filter(({ code }) => code === undefined).length, calls - third + retried);
  for (const { code, started } of again) {
    if (code !== undefined) assertEquals([code, started], ["UNAVAILABLE", true]);
  }
  assert((await invoked("again")).slice(calls).every((server) => server !== victim.name));

  assertEquals(
    (await invoked("once")).length,
    calls,
    "a call that may not be repeated was repeated",
  );
  const lost = once.filter(({ code }) => code !== undefined);
  assertEquals(lost.length, third);
  for (const { code, started } of lost) assertEquals([code, started], ["UNAVAILABLE", true]);
  await web.settled();
});

Deno.test("a call that its server provably did not start is made once more elsewhere, whatever it is", async () => {
  const { running, execs, web } = await mesh3(false);
  await using _ = running;
  using mesh = await web.attach();
  const pool = async () =>
    (await execs[0]!.status()).dispatch.find(({ service }) => service === "busy");
  // The one process of exec-1 is busy: what comes to it has to wait.
  using direct = await execs[0]!.attach();
  const held = direct.call("busy.hold", null, LONG).catch(() => {});
  await until("it is busy", async () => (await pool())?.inFlight === 1);
  const waiting = Array.from({ length: 6 }, () => mesh.call<string>("busy.who", null, LONG));
  await until("two calls wait at exec-1", async () => (await pool())?.waiting === 2);
  // Its process dies: the waiting calls never started.
  const [worker] = await execs[0]!.execPids();
  Deno.kill(worker!, "SIGKILL");
  const answers = await Promise.all(waiting);
  assertEquals(answers.length, 6);
  assert(answers.every((server) => server !== "exec-1"), `${answers}`);
  await held;
  await web.settled();
});

Deno.test("an exec process that hangs behind a good link is passed over after a few time-outs, and comes back by a probe", async () => {
  const { running, execs, web } = await mesh3(false);
  await using _ = running;
  using mesh = await web.attach();
  const pid = (await execs[1]!.execPids())[0]!;
  const timeoutMs = 1_000;
  const load = new Load(60, timeoutMs, () => mesh.call("plain.who", null, { timeoutMs }));
  try {
    await load.more(30);
    Deno.kill(pid, "SIGSTOP");
    try {
      await until(
        "it is ejected",
        async () => (await web.member("plain", "exec-2"))?.state === "ejected",
      );
      const links = (await web.status()).links.filter(({ state }) => state === "connected");
      assertEquals(links.length, 3, "its link was lost");
      const without = await load.more(60);
      const probes = without.filter(({ error }) => error !== undefined);
      // A probe now and then.
      assert(probes.length <= 3, JSON.stringify(endings(without)));
    } finally {
      Deno.kill(pid, "SIGCONT");
    }
    await until("it is back", async () => (await web.member("plain", "exec-2"))?.state === "ok");
    const after = await load.more(60);
    assertEquals(endings(after), { ok: 60 });
    assertEquals(after.filter(({ value }) => value === "exec-2").length, 20);
  } finally {
    await load.stop();
  }
  for (const { error } of load.samples) {
    if (error !== undefined) assertEquals(error.code, "DEADLINE_EXCEEDED", error.message);
  }
  assert((await web.group("plain")).counters.probes >= 1);
  await failure(mesh.call("plain.fail", { message: "still there" }), "INTERNAL");
});
