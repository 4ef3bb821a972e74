/**
 * Key modules are code of the user: what one does hurts the call that asked it, at worst the process that
 * made the call, and never a server.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { meshInvocation } from "../../cli/program.ts";
import type { Mesh } from "../../client/types.ts";
import type { Code } from "../../errors.ts";
import { until } from "../chaos/support/servers.ts";
import { failure } from "../support/call_case.ts";
import { Fleet } from "../support/fleet.ts";
import type { FleetServer } from "../support/fleet_server.ts";
import { endings, Load } from "../support/load.ts";
import { countsOf, probeService } from "../support/probe_service.ts";

/** Calls a service by a key, as a process of the server that has the key module. */
const CALLER = `
export const call = async ({ key, timeoutMs }, ctx) => {
  try {
    return { pid: Deno.pid, server: await ctx.mesh.call("table.who", null, { key, timeoutMs }) };
  } catch ({ code, message, started }) {
    return { pid: Deno.pid, code, message, started };
  }
};
/** Gives up a call while its key function thinks. */
export const leave = async ({ key }, ctx) => {
  const stop = new AbortController();
  const call = ctx.mesh.call("table.who", null, { key, signal: stop.signal });
  stop.abort("no more");
  return await call.catch(({ code, started }) => ({ code, started }));
};
export const stream = async ({ key }, ctx) => {
  const items = ctx.mesh.call("table.who", null, { key, timeoutMs: 100 });
  try {
    for await (const item of items) return item;
  } catch ({ code, started }) {
    return { code, started };
  }
};
export const page = async ({ key }, ctx) => {
  const { part } = await ctx.mesh.page({
    part: { call: "table.again", options: { key }, hedgeAfterMs: 0 },
  });
  return part.value;
};
`;

/** What a key does is before its colon, and behind it the server. */
const KEYS = `
globalThis.asked ??= 0;
const later = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));
const trap = new Proxy({}, { get() { throw new Error("trap"); } });
export default function (key) {
  const [what, server] = key.split(":");
  switch (what) {
    case "to": return server;
    case "later": return later(5, server);
    case "twice": return { then(resolve) { resolve(server); resolve("exec-9"); throw 1; } };
    case "never": return new Promise(() => {});
    case "late": return later(1_000, server);
    case "busy": for (const end = Date.now() + 150; Date.now() < end;); return server;
    case "loop": for (;;);
    case "object": return { server };
    case "String": return new String(server);
    case "number": return 7;
    case "empty": return "";
    case "huge": return "x".repeat(10_000_000);
    case "proxy": return trap;
    case "throw": throw new Error("no idea");
    case "bare": throw Object.create(null);
    case "symbol": throw Symbol("s");
    case "null": throw null;
    case "reject": return Promise.reject(trap);
    case "then": return { then() { throw Object.create(null); } };
    case "args": return "args-" + arguments.length + "-" + (this === undefined);
  }
}`;

const OUTCOMES: readonly (readonly [key: string, Code, message: RegExp])[] = [
  ["nothing", "NOT_FOUND", /key "nothing" is not known in group "table"/],
  ["never", "DEADLINE_EXCEEDED", /table\.who/],
  ["late:exec-1", "DEADLINE_EXCEEDED", /table\.who/],
  ["busy:exec-1", "DEADLINE_EXCEEDED", /no time left/],
  [
    "object:exec-1",
    "INVALID_ARGUMENT",
    /keys\.js of group "table".*answered \{ server: "exec-1" \}/,
  ],
  ["String:exec-1", "INVALID_ARGUMENT", /answered \[String: "exec-1"\]/],
  ["number", "INVALID_ARGUMENT", /answered 7/],
  ["empty", "INVALID_ARGUMENT", /answered ""/],
  ["huge", "INVALID_ARGUMENT", /answered "x{80}…"/],
  ["proxy", "INVALID_ARGUMENT", /answered a value that cannot be shown/],
  ["throw", "INTERNAL", /keys\.js of group "table", asked for key "throw", failed: no idea/],
  ["bare", "INTERNAL", /failed: /],
  ["symbol", "INTERNAL", /failed: Symbol\(s\)/],
  ["null", "INTERNAL", /failed: null/],
  ["reject", "INTERNAL", /failed: /],
  ["then", "INTERNAL", /failed: /],
  ["args", "UNAVAILABLE", /the key module names server args-1-true: .*not connected/],
  ["to:exec-9", "UNAVAILABLE", /exec-9/],
];

interface Told {
  readonly pid: number;
  readonly server?: string;
  readonly code?: Code;
  readonly message?: string;
  readonly started?: boolean;
}

interface World extends AsyncDisposable {
  readonly fleet: Fleet;
  readonly hub: FleetServer;
  readonly mesh: Mesh & Disposable;
  readonly group: Record<string, unknown>;
  call(key: string, timeoutMs?: number): Promise<Told>;
  pids(): Promise<number[]>;
}

/** Two servers that answer, and "hub", whose processes call them by keys. */
async function world(keys = KEYS, exec: Record<string, unknown> = {}): Promise<World> {
  const fleet = await Fleet.open({
    "keys/keys.js": keys,
    "caller.js": CALLER,
    "services/table.js": probeService(),
  });
  try {
    const execs = await fleet.start(["exec-1", "exec-2"].map((name) => fleet.exec(name)));
    const group = {
      mode: "keyed",
      services: ["table"],
      keys: { club: "exec-2" },
      keyModule: `${fleet.directory}/keys/keys.js`,
    };
    const [hub] = await fleet.start([{
      name: "hub",
      roles: ["exec"],
      exec: { services: [`${fleet.directory}/caller.js`], processes: 2, ...exec },
      link: { connect: execs.map(({ link }) => link) },
      groups: { table: group },
    }]) as [FleetServer];
    await hub.linked("exec-1", "exec-2");
    const mesh = await hub.attach();
    const pids = async () => (await hub.execPids()).sort();
    return {
      fleet,
      hub,
      mesh,
      group,
      pids,
      call: (key, timeoutMs = 2_000) => mesh.call<Told>("caller.call", { key, timeoutMs }),
      async [Symbol.asyncDispose]() {
        mesh[Symbol.dispose]();
        await fleet[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
}

Deno.test("whatever a key function does ends its own call, in the process that calls", async (t) => {
  await using w = await world();
  const { mesh, hub } = w;
  const before = await w.pids();
  assertEquals(before.length, 2);
  /** Whether the processes live, and their calls are answered. */
  const well = async () => {
    assertEquals((await w.call("to:exec-1")).server, "exec-1");
    assertEquals(await w.pids(), before);
  };
  const step = (name: string, fn: () => Promise<void>) =>
    t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
  await step(
    "answers at once, later and twice name the server; the table comes first",
    async () => {
      for (const key of ["to", "later", "twice"]) {
        for (const server of ["exec-1", "exec-2"]) {
          assertEquals((await w.call(`${key}:${server}`)).server, server);
          assertEquals(await mesh.call("table.who", null, { key: `${key}:${server}` }), server);
        }
      }
      assertEquals((await w.call("club")).server, "exec-2");
      assertEquals(
        await mesh.call("caller.page", { key: "to:exec-2" }),
        "exec-2",
        "nothing to hedge",
      );
    },
  );
  for (const [key, code, message] of OUTCOMES) {
    await step(`${key} → ${code}`, async () => {
      const timeoutMs = code === "DEADLINE_EXCEEDED" ? 100 : 2_000;
      const [told, neighbour] = await Promise.all([w.call(key, timeoutMs), w.call("to:exec-1")]);
      assertEquals([told.code, told.started, neighbour.server], [code, false, "exec-1"]);
      assertMatch(told.message!, message);
      // In this process, too, unless that would leave a timer behind.
      if (!key.startsWith("late")) {
        const error = await failure(mesh.call("table.who", null, { key, timeoutMs }), code);
        assertEquals(error.started, false);
        assertMatch(error.message, message);
      }
      await well();
    });
  }
  await step(
    "a call that is given up meanwhile was cancelled; a stream ends in its deadline",
    async () => {
      const cancelled = { code: "CANCELLED", started: false };
      assertEquals(await mesh.call("caller.leave", { key: "never" }), cancelled);
      assertEquals(await mesh.call("caller.stream", { key: "never" }), {
        code: "DEADLINE_EXCEEDED",
        started: false,
      });
      await well();
    },
  );
  await step("a program that leaves the mesh does not wait for its key functions", async () => {
    const guest = await hub.attach();
    const call = guest.call("table.who", null, { key: "never", timeoutMs: 60_000 });
    guest[Symbol.dispose]();
    await failure(call, "CANCELLED");
  });
  await step("what went wrong is in the log, by group, module and target", async () => {
    const lines = await until("six lines", () => {
      const lines = hub.log.split("\n").filter((line) => line.includes("a key module threw"));
      return lines.length >= 6 ? lines : undefined;
    });
    for (const line of lines) assertMatch(line, /group=table .*keys\.js.*target=table\.who/);
  });
  await hub.settled();
});

Deno.test("a key function that loops for ever holds up the process that asked it, and nobody else", async () => {
  await using w = await world();
  const { mesh, hub } = w;
  const stop = new AbortController();
  const stuck = mesh.call("caller.call", { key: "loop" }, {
    timeoutMs: 60_000,
    signal: stop.signal,
  });
  await until(
    "the call is with its process",
    async () => (await hub.status()).counters.openCalls === 1,
  );
  const before = await w.pids();
  const pids = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const told = await w.call(`to:exec-${1 + i % 2}`);
    assertEquals(told.server, `exec-${1 + i % 2}`);
    pids.add(told.pid);
    assertEquals(await mesh.call("table.who", null, { key: "later:exec-1" }), "exec-1");
  }
  assertEquals(pids.size, 1, "the other process answers");
  assertEquals(await w.pids(), before);
  const { command, args } = meshInvocation(["status", "--json", "--runtime-dir", hub.runtimeDir]);
  const { code } = await new Deno.Command(command, { args: [...args] }).output();
  assertEquals(code, 0);
  // A reload does not wait for it for ever, and says who is late.
  await Deno.writeTextFile(`${w.fleet.directory}/keys/keys.js`, `export default () => "exec-2";`);
  const reloaded = await hub.reload({});
  assertEquals(reloaded.status, 200);
  const { late } = JSON.parse(reloaded.body);
  assertEquals(late.map(({ why }: { why: string }) => why), ["it has not answered within 5000 ms"]);
  assertEquals((await w.call("to:exec-1")).server, "exec-2");
  stop.abort();
  await failure(stuck, "CANCELLED");
});

Deno.test("groups become keyed by a module, change it and drop it under load, without a call lost", async () => {
  await using w = await world(`export default (key) => "exec-" + (1 + key % 2);`);
  const { hub, mesh } = w;
  const plain = { groups: { table: { mode: "normal", services: ["table"] } } };
  const keyed = { groups: { table: w.group } };
  const options = { timeoutMs: 10_000 };
  const loads = [
    new Load(100, 10_000, (i) => mesh.call("table.who", null, { ...options, key: `${i}` })),
    new Load(100, 10_000, (i) => {
      const input = { key: `${i}`, timeoutMs: options.timeoutMs };
      return mesh.call<Told>("caller.call", input, options).then(({ server, code, message }) => {
        assertEquals(code, undefined, message);
        return server;
      }) as never;
    }),
  ];
  try {
    for (let round = 0; round < 3; round++) {
      assertEquals(JSON.parse((await hub.reload(plain)).body).late, []);
      await Promise.all(loads.map((load) => load.more(10)));
      const to = round % 2 === 0 ? "exec-1" : "exec-2";
      await Deno.writeTextFile(
        `${w.fleet.directory}/keys/keys.js`,
        `export default () => ${round === 1 ? `Promise.resolve("${to}")` : `"${to}"`};`,
      );
      assertEquals(JSON.parse((await hub.reload(keyed)).body).late, []);
      for (const samples of await Promise.all(loads.map((load) => load.more(20)))) {
        assertEquals(countsOf(samples.map(({ value }) => value as string)), { [to]: 20 });
      }
    }
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
  }
  for (const { samples } of loads) assertEquals(endings(samples), { ok: samples.length });
});

Deno.test("a sandboxed process asks the key module that it was started with, and cannot load another", async () => {
  await using w = await world(`export default (key) => "exec-" + key;`, { permissions: {} });
  const { hub } = w;
  assertEquals((await w.call("1")).server, "exec-1");
  const groups = { table: { ...w.group, keys: { club: "exec-1" } } };
  assertEquals(JSON.parse((await hub.reload({ groups })).body).late, []);
  assertEquals((await w.call("club")).server, "exec-1", "the reload is in force");
  assertEquals((await w.call("2")).server, "exec-2", "the module has not changed");

  await Deno.writeTextFile(`${w.fleet.directory}/keys/keys.js`, `export default () => "exec-2";`);
  const { late } = JSON.parse((await hub.reload({})).body);
  assertEquals(late.length, 2);
  for (const { why } of late) assertMatch(why, /groups\.table\.keyModule .*Requires read access/);
  const told = await w.call("1");
  assertEquals([told.code, told.started], ["INTERNAL", false]);
  assertMatch(told.message!, /keys\.js: it does not load: Requires read access/);
  // Its successor loads it.
  const before = await w.pids();
  for (const pid of before) Deno.kill(pid, "SIGKILL");
  await until("two new processes", async () => {
    const pids = await w.pids();
    return pids.length === 2 && pids.every((pid) => !before.includes(pid));
  });
  await until("a successor answers", async () => {
    const { server } = await w.call("1").catch(() => ({ server: undefined }));
    return server === "exec-2";
  });
});

Deno.test("mesh why asks the key module in a process of its own", async () => {
  await using w = await world();
  const why = async (key: string, target = "table.who", ...flags: string[]) => {
    const words = ["why", target, "--key", key, "--runtime-dir", w.hub.runtimeDir, ...flags];
    const { command, args } = meshInvocation(words);
    const output = await new Deno.Command(command, { args: [...args], env: { NO_COLOR: "1" } })
      .output();
    assertEquals(output.code, 0);
    return new TextDecoder().decode(output.stdout);
  };
  assertMatch(
    await why("later:exec-2"),
    /handler +who\n(.*\n)*key module +\/.*keys\.js names exec-2\n(.*\n)*picked +exec-2/,
  );
  const away = JSON.parse(await why("to:exec-9", "table.who", "--json"));
  assertEquals([away.code, away.keyModuleNames], ["UNAVAILABLE", "exec-9"]);
  assertMatch(
    await why("nothing"),
    /refused +NOT_FOUND: key "nothing" is not known .* 1 key is in its table/,
  );
  assertMatch(await why("throw"), /refused +INTERNAL: .*no idea/);
  assertMatch(await why("number"), /refused +INVALID_ARGUMENT: .*answered 7/);
  assertMatch(await why("club"), /picked +exec-2 \(key table\)/);
  // Whatever server is named, it has no such handler: the module is not asked.
  assertMatch(await why("loop", "table.whom"), /refused +NOT_FOUND: .*"whom".*did you mean who\?/);
  // The server alone knows who has to be asked.
  const answer = await w.hub.explain("table", "to:exec-1");
  assertEquals([answer.picked, answer.code], [undefined, undefined]);
  assertMatch(answer.keyModule!, /keys\.js$/);
});
