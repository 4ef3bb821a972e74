/** How long streams live: with and without times of their own, and at the end of their servers. */
import { delay } from "@std/async/delay";
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { project } from "../support/spawned_mesh.ts";
import { MeshError } from "../../errors.ts";
import { startMesh, type TestMesh } from "../../testing.ts";

/** The default time of a call in these tests: short, so that a stream is soon older than that. */
const DEFAULT_MS = 400;

const SERVICE = `
const pause = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); });
});
export async function* ticks({ count, ms, firstMs = ms }, ctx) {
  for (let i = 0; i < count; i++) {
    await pause(i === 0 ? firstMs : ms, ctx.signal);
    yield { i, deadline: ctx.deadline };
  }
}
export async function* relayed(input, ctx) {
  for await (const item of ctx.mesh.call("ticker.ticks", input)) yield item;
}
export async function* late(input, ctx) {
  yield "first";
  await pause(input.ms);
  yield await ctx.mesh.call("ticker.slowly", { ms: 50 });
}
export const slowly = async ({ ms }) => { await pause(ms); return "there"; };
export async function* forEver() { for (let i = 0;; i++) { yield i; await pause(20); } }
export const collect = async (input, ctx) => {
  const items = [];
  for await (const item of ctx.mesh.call("ticker.ticks", input)) items.push(item.i);
  return items;
};
export const service = { name: "ticker" };
`;

async function started(): Promise<{ mesh: TestMesh } & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const p = opened.use(await project({ "ticker.js": SERVICE }));
  const mesh = opened.use(
    await startMesh({
      services: join(p.directory, "ticker.js"),
      execServers: 1,
      config: { limits: { timeoutMs: DEFAULT_MS, drainMs: 500 } },
    }),
  );
  const all = opened.move();
  return { mesh, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The items of a stream, and what it ended with. */
async function read(
  stream: AsyncIterable<unknown>,
  onItem?: (count: number) => Promise<void> | void,
): Promise<{ items: unknown[]; error: MeshError | undefined }> {
  const items: unknown[] = [];
  try {
    for await (const item of stream) {
      items.push(item);
      await onItem?.(items.length);
    }
    return { items, error: undefined };
  } catch (error) {
    assert(error instanceof MeshError, String(error));
    return { items, error };
  }
}

Deno.test("a stream lives longer than the default time, alone, relayed, and with calls inside", async () => {
  await using run = await started();
  const { mesh } = run.mesh;
  const input = { count: 12, ms: 60 };
  for (const target of ["ticker.ticks", "ticker.relayed"]) {
    const { items, error } = await read(mesh.call(target, input));
    assertEquals([error, items.length], [undefined, 12], target);
    const [first, second] = items as { deadline: number }[];
    assert(
      first!.deadline > Date.now() - 60_000 && second!.deadline === null ||
        second!.deadline === Infinity,
    );
  }
  const late = await read(mesh.call("ticker.late", { ms: 2 * DEFAULT_MS }));
  assertEquals(late, { items: ["first", "there"], error: undefined });
});

Deno.test("the default time holds until the first item, a time-out for the whole, a caller's deadline for all", async () => {
  await using run = await started();
  const { mesh } = run.mesh;
  const slow = await read(mesh.call("ticker.ticks", { count: 2, ms: 1, firstMs: 3 * DEFAULT_MS }));
  assertEquals([slow.items, slow.error?.code, slow.error?.started], [
    [],
    "DEADLINE_EXCEEDED",
    true,
  ]);
  const whole = await read(mesh.call("ticker.ticks", { count: 50, ms: 40 }, { timeoutMs: 300 }));
  assertEquals(whole.error?.code, "DEADLINE_EXCEEDED");
  assert(whole.items.length > 0 && whole.items.length < 50);
  const within = await mesh.call("ticker.collect", { count: 50, ms: 40 }).then(
    () => undefined,
    (error) => error,
  );
  assertEquals(within?.code, "DEADLINE_EXCEEDED", "a call that gives one reply keeps its deadline");
  const endless = await read(
    mesh.call("ticker.ticks", { count: 3, ms: DEFAULT_MS }, { timeoutMs: Infinity }),
  );
  assertEquals([endless.items.length, endless.error], [3, undefined]);
});

Deno.test("idleTimeoutMs ends a stream that gives nothing, and not one whose reader takes his time", async () => {
  await using run = await started();
  const { mesh } = run.mesh;
  const idle = await read(
    mesh.call("ticker.ticks", { count: 2, ms: 60_000, firstMs: 1 }, { idleTimeoutMs: 150 }),
  );
  assertEquals([idle.items.length, idle.error?.code], [1, "DEADLINE_EXCEEDED"]);
  assert(idle.error!.message.includes("idleTimeoutMs"), idle.error!.message);
  const slowReader = await read(
    mesh.call("ticker.ticks", { count: 4, ms: 1 }, { idleTimeoutMs: 150 }),
    () => delay(250),
  );
  assertEquals([slowReader.items.length, slowReader.error], [4, undefined]);
});

Deno.test("at a drain's end a stream ends in UNAVAILABLE with a reason, a killed server has none", async () => {
  for (const [signal, reason] of [["SIGTERM", "drain"], ["SIGKILL", undefined]] as const) {
    await using run = await started();
    const server = run.mesh.servers.find(({ name }) => name === "exec-1")!;
    const { items, error } = await read(run.mesh.mesh.call("ticker.forEver"), (count) => {
      if (count === 5) Deno.kill(server.pid, signal);
    });
    assert(items.length >= 5);
    assertEquals([error?.code, error?.started, error?.metadata.reason], [
      "UNAVAILABLE",
      true,
      reason,
    ]);
  }
});
