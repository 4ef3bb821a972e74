/** What errors say of `started`, counted against what the services themselves noted. */
import { delay } from "@std/async/delay";
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { project } from "../support/spawned_mesh.ts";
import type { Mesh } from "../../client/types.ts";
import { MeshError } from "../../errors.ts";
import { startMesh, type TestMeshOptions } from "../../testing.ts";

/** Each handler notes that it begins, and when, before it does anything else. */
const SERVICE = (log: string) => `
const note = (id, deadline) => Deno.writeTextFileSync(${JSON.stringify(log)},
  id + " " + (performance.timeOrigin + performance.now() - deadline) + "\\n", { append: true });
const spin = (ms) => { for (const end = performance.now() + ms; performance.now() < end;); };
export const burn = ({ id, ms }, ctx) => { note(id, ctx.deadline); spin(ms); return id; };
export const wait = async ({ id, ms }, ctx) => {
  note(id, ctx.deadline);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return id;
};
export const narrow = (input, ctx) => wait(input, ctx);
export const fail = ({ id }, ctx) => { note(id, ctx.deadline); throw new Error("on purpose"); };
export const stream = async function* ({ id, ms }, ctx) { yield* [1, 2, await wait({ id, ms }, ctx)]; };
export const unavailable = ({ id, MeshError }, ctx) => {
  note(id, ctx.deadline);
  throw Object.assign(new Error("not now"), { name: "MeshError", code: "UNAVAILABLE" });
};
export const service = { name: "work", idempotent: ["unavailable"] };
`;

/** Between the look at the clock and the handler's note the machine may do something else. */
const NOTED_LATE_MS = 50;

interface Noted {
  /** How often each call's handler began. */
  readonly begun: Map<string, number>;
  /** Those that noted themselves after their deadline by more than a busy machine explains, and by how much. */
  readonly late: string[];
}

async function noted(log: string): Promise<Noted> {
  const begun = new Map<string, number>();
  const late: string[] = [];
  for (const line of (await Deno.readTextFile(log)).split("\n").slice(0, -1)) {
    const [id = "", overMs] = line.split(" ");
    begun.set(id, (begun.get(id) ?? 0) + 1);
    if (Number(overMs) > NOTED_LATE_MS) late.push(line);
  }
  return { begun, late };
}

interface Seen {
  readonly id: string;
  readonly error: MeshError | undefined;
}

/** Makes calls, a few each turn, and waits for all of them. */
async function calls(
  mesh: Mesh,
  target: string,
  count: number,
  input: { readonly round?: string; readonly ms?: number },
  timeoutMs: number,
): Promise<Seen[]> {
  const seen: Promise<Seen>[] = [];
  for (let i = 0; i < count; i++) {
    const id = `${target}-${timeoutMs}-${input.round ?? ""}-${i}`;
    seen.push(
      mesh.call(target, { id, ...input }, { timeoutMs }).then(
        () => ({ id, error: undefined }),
        (error) => ({ id, error }),
      ),
    );
    if (i % 20 === 19) await delay(1);
  }
  return await Promise.all(seen);
}

async function roundOfCalls(mesh: Mesh, round: string): Promise<Seen[]> {
  return [
    // Far more work than there is time for: most of it waits in the slot until its time is over.
    ...await calls(mesh, "work.burn", 400, { ms: 5, round }, 300),
    // All of it begins, and none of it ends in time.
    ...await calls(mesh, "work.wait", 100, { ms: 500, round }, 150),
    ...await calls(mesh, "work.fail", 50, { round }, 5_000),
    ...await calls(mesh, "work.nothing", 10, { round }, 5_000),
    ...await calls(mesh, "work.unavailable", 20, { round }, 5_000),
  ];
}

/**
 * Holds what callers were told against what handlers noted.
 *
 * @returns How many calls may have begun for their callers, how many had not and their callers knew it, and how many
 * had not and their callers did not know it.
 */
async function judged(
  seen: readonly Seen[],
  log: string,
): Promise<{ may: number; known: number; unknown: number }> {
  const { begun, late } = await noted(log);
  let [may, known, unknown] = [0, 0, 0];
  for (const { id, error } of seen) {
    if (error === undefined) {
      assertEquals(begun.get(id), 1);
      continue;
    }
    assert(error instanceof MeshError, String(error));
    if (error.started) {
      may++;
      if (!begun.has(id)) unknown++;
    } else {
      known++;
      assert(!begun.has(id), `${id} began, and its caller was told that it had not`);
    }
  }
  assertEquals(late, [], "handlers that began after their deadline");
  for (const [id, times] of begun) assertEquals(times, 1, `${id} began ${times} times`);
  return { may, known, unknown };
}

const PLACES: [string, Partial<TestMeshOptions>][] = [
  ["over a link", { execServers: 1 }],
  ["in one server", { execServers: 0 }],
  ["in slots of 2 KiB", { execServers: 1, spaceBytes: 2_048 }],
];

for (const [place, options] of PLACES) {
  Deno.test(`whether a call began is told as it was, and none begins after its deadline (${place})`, async () => {
    await using p = await project({});
    const log = join(p.directory, "begun.log");
    await Deno.writeTextFile(log, "");
    await Deno.writeTextFile(join(p.directory, "work.js"), SERVICE(log));
    await using mesh = await startMesh({ services: `${p.directory}/work.js`, ...options });
    // A machine that is busy for longer than the moment a caller waits cannot say of each call that it has not
    // begun. That is the exception: one round of three knows nearly all of them.
    let knew = false;
    for (let round = 0; round < 3 && !knew; round++) {
      const seen = await roundOfCalls(mesh.mesh, `${round}`);
      const { may, known, unknown } = await judged(seen, log);
      knew = may >= 150 && known >= 100 && unknown < known / 4;
    }
    assert(knew, "of too many calls that had not begun, their callers did not know it");
  });
}

Deno.test("calls that wait for a process, or in a process that is stopped, have not begun", async () => {
  await using p = await project({});
  const log = join(p.directory, "begun.log");
  await Deno.writeTextFile(log, "");
  await Deno.writeTextFile(
    join(p.directory, "work.js"),
    SERVICE(log).replace(`name: "work"`, `name: "work", concurrency: 2`),
  );
  await using mesh = await startMesh({ services: `${p.directory}/work.js`, execServers: 1 });
  const queued = await calls(mesh.mesh, "work.narrow", 20, { ms: 4_000 }, 1_000);
  const { begun } = await noted(log);
  assertEquals(begun.size, 2);
  for (const { id, error } of queued) {
    assertEquals([error?.code, error?.started], ["DEADLINE_EXCEEDED", begun.has(id)]);
  }
});

Deno.test("a handler's own UNAVAILABLE is an answer: it is not asked again", async () => {
  await using p = await project({});
  const log = join(p.directory, "begun.log");
  await Deno.writeTextFile(log, "");
  await Deno.writeTextFile(join(p.directory, "work.js"), SERVICE(log));
  await using mesh = await startMesh({ services: `${p.directory}/work.js`, execServers: 2 });
  const [seen] = await calls(mesh.mesh, "work.unavailable", 1, {}, 5_000);
  assertEquals([seen!.error?.code, seen!.error?.started], ["UNAVAILABLE", true]);
  assertEquals((await noted(log)).begun.get(seen!.id), 1);
});

Deno.test("after a server stood still, what waited for it too long does not begin", async () => {
  await using p = await project({});
  const log = join(p.directory, "begun.log");
  await Deno.writeTextFile(log, "");
  await Deno.writeTextFile(join(p.directory, "work.js"), SERVICE(log));
  await using mesh = await startMesh({ services: `${p.directory}/work.js`, execServers: 1 });
  const server = mesh.servers.find(({ name }) => name === "exec-1")!;
  assertEquals((await calls(mesh.mesh, "work.wait", 5, { ms: 1 }, 5_000)).length, 5);
  Deno.kill(server.pid, "SIGSTOP");
  let seen: Seen[];
  try {
    seen = await calls(mesh.mesh, "work.burn", 50, { ms: 1 }, 400);
  } finally {
    Deno.kill(server.pid, "SIGCONT");
  }
  for (const { error } of seen) assertEquals(error?.code, "DEADLINE_EXCEEDED");
  // It has read everything when it answers what came behind.
  await calls(mesh.mesh, "work.wait", 1, { ms: 1 }, 20_000);
  const { begun, late } = await noted(log);
  assertEquals(seen.filter(({ id }) => begun.has(id)), []);
  assertEquals(late, []);
});
