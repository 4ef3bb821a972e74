/** A call that kills its process takes two processes along at most, and no innocent call. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { project } from "../support/spawned_mesh.ts";
import { MeshError } from "../../errors.ts";
import { startMesh, type TestMesh } from "../../testing.ts";
import { statusOf, until } from "../chaos/support/servers.ts";

const SERVICE = (log: string) => `
const note = (line) => Deno.writeTextFileSync(${
  JSON.stringify(log)
}, line + "\\n", { append: true });
export const kill = async ({ how, ms = 0 }) => {
  note("kill " + Deno.pid);
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  if (how === "exit") Deno.exit(3);
  Deno.kill(Deno.pid, "SIGKILL");
  for (;;);
};
export const once = () => { note("once " + Deno.pid); Deno.exit(3); };
export const calm = async ({ id, ms }) => {
  note("calm " + id);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return id;
};
export const service = { name: "work", idempotent: ["kill", "calm"] };
`;

async function started(
  servers: number,
): Promise<{ mesh: TestMesh; log: string } & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const p = opened.use(await project({}));
  const log = join(p.directory, "noted.log");
  await Deno.writeTextFile(log, "");
  await Deno.writeTextFile(join(p.directory, "work.js"), SERVICE(log));
  const mesh = opened.use(
    await startMesh({ services: `${p.directory}/work.js`, execServers: servers, processes: 2 }),
  );
  const all = opened.move();
  return { mesh, log, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function lines(log: string, word: string): Promise<string[]> {
  return (await Deno.readTextFile(log)).split("\n").filter((line) => line.startsWith(`${word} `));
}

for (const how of ["exit", "SIGKILL"]) {
  Deno.test(`an idempotent call that kills its process (${how}) is in two deaths, and no innocent call fails`, async () => {
    await using run = await started(2);
    const { mesh } = run.mesh;
    const innocent: Promise<unknown>[] = [];
    const more = (from: number) => {
      for (let i = from; i < from + 40; i++) {
        innocent.push(mesh.call("work.calm", { id: i, ms: 60 }, { timeoutMs: 20_000 }));
      }
    };
    more(0);
    const poison = mesh.call("work.kill", { how, ms: 20 }, { timeoutMs: 20_000 }).then(
      () => undefined,
      (error) => error,
    );
    more(40);
    const error = await poison;
    more(80);
    assert(error instanceof MeshError);
    assertEquals([error.code, error.started], ["INTERNAL", true]);
    assertMatch(error.message, /two processes died/);
    assertEquals((await lines(run.log, "kill")).length, 2);
    assertEquals(await Promise.all(innocent), Array.from({ length: 120 }, (_, i) => i));
    await until("all processes are back", async () => {
      const states = await Promise.all(
        run.mesh.servers.filter(({ name }) => name !== "web-1").map(({ runtimeDir }) =>
          statusOf(runtimeDir)
        ),
      );
      return states.every(({ slots }) =>
        slots.filter(({ kind, state }) => kind === "exec" && state === "ready").length === 2
      );
    });
  });
}

Deno.test("a hedged call that kills its process is in two deaths, too", async () => {
  await using run = await started(3);
  const { mesh } = run.mesh;
  const page = await mesh.page({
    part: {
      call: (within) => within.call("work.kill", { how: "exit", ms: 100 }, { timeoutMs: 8_000 }),
      hedgeAfterMs: 20,
    },
  }, { budgetMs: 9_000 });
  assertEquals(page.part.status, "error");
  const deaths = (await lines(run.log, "kill")).length;
  assert(deaths === 1 || deaths === 2, `${deaths} deaths`);
});

Deno.test("a call that is not idempotent dies once, and its caller knows that it may have begun", async () => {
  await using run = await started(2);
  const error = await run.mesh.mesh.call("work.once").then(() => undefined, (error) => error);
  assertEquals([error.code, error.started], ["UNAVAILABLE", true]);
  assertEquals((await lines(run.log, "once")).length, 1);
});
