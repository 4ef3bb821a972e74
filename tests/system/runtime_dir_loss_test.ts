/** Servers whose runtime directory is removed or full, or whose system refuses what they need, while they run. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { attach } from "../../client/attach.ts";
import { meshInvocation } from "../../cli/program.ts";
import { type Project, project } from "../support/spawned_mesh.ts";
import { native } from "../../native/ffi.ts";
import { exists, isAlive, serve, type Serving, statusOf, until } from "../chaos/support/servers.ts";
import { commandPath, missingCommand, testUnless } from "../skip.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

const FILES = {
  "echo.js": `export const echo = (input) => input;\nexport const pid = () => Deno.pid;`,
};
const EXEC = ["--role", "exec", "--services", "echo.js", "--processes"];

/** A server whose log can be read while it runs. */
class LoggedServer implements AsyncDisposable {
  readonly runtimeDir: string;
  readonly #log: string;
  readonly #process: Deno.ChildProcess;

  constructor(p: Project, processes: string) {
    this.runtimeDir = join(p.directory, "one");
    this.#log = join(p.directory, "log");
    const words = ["run", "--name", "one", "--runtime-dir", "one", ...EXEC, processes];
    const { command, args } = meshInvocation(words);
    this.#process = new Deno.Command("/bin/sh", {
      args: ["-c", 'exec "$@" 2>log', "sh", command, ...args],
      cwd: p.directory,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
    }).spawn();
  }

  get pid(): number {
    return this.#process.pid;
  }

  async logs(text: string): Promise<void> {
    await until(
      `it logs "${text}"`,
      () => exists(this.#log) && Deno.readTextFileSync(this.#log).includes(text),
    );
  }

  async slots() {
    const { slots } = await statusOf(this.runtimeDir).catch(() => ({ slots: [] }));
    return slots.filter(({ kind }) => kind === "exec");
  }

  async workersAreReady(count: number): Promise<void> {
    await until(`${count} workers are ready`, async () => {
      const slots = await this.slots();
      return slots.length === count && slots.every(({ state }) => state === "ready");
    });
  }

  async end(): Promise<number> {
    this.#process.kill("SIGTERM");
    return (await this.#process.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (isAlive(this.pid)) this.#process.kill("SIGKILL");
    await this.#process.status;
  }
}

/** Kills an exec process, and waits until another one is ready. */
async function replaced(server: Serving): Promise<void> {
  const [before] = await server.slots("exec");
  Deno.kill(before!.pid, "SIGKILL");
  await until("the worker is replaced", async () => {
    const slots = await server.slots("exec").catch(() => []);
    return slots.some(({ state, pid }) => state === "ready" && pid !== before!.pid) &&
      slots.every(({ state }) => state === "ready");
  });
}

for (const what of ["the whole directory", "all files in it", "its sockets"] as const) {
  Deno.test(`A server whose runtime directory loses ${what} goes on, and is reachable again soon`, async () => {
    await using p = await project(FILES);
    await using server = await serve(p, "one", ...EXEC, "2");
    using mesh = await attach(server);
    const workers = (await server.slots("exec")).map(({ pid }) => pid);
    if (what === "the whole directory") await Deno.remove(server.runtimeDir, { recursive: true });
    else {
      for (const { name } of Deno.readDirSync(server.runtimeDir)) {
        if (what === "its sockets" && !name.endsWith(".sock")) continue;
        await Deno.remove(join(server.runtimeDir, name), { recursive: true });
      }
    }
    Deno.kill(workers[0]!, "SIGKILL");
    assertEquals(await mesh.call("echo.echo", "at once"), "at once");
    assert(isAlive(server.pid));
    await until("it can be asked", () => exists(join(server.runtimeDir, "admin.sock")));
    await until("both workers are ready", async () => {
      const slots = await server.slots("exec");
      return slots.length === 2 && slots.every(({ state }) => state === "ready");
    });
    const { server: about } = await server.status();
    assertEquals(about.pid, server.pid);
    assertEquals(Deno.statSync(server.runtimeDir).mode! & 0o777, 0o700);
    using late = await attach(server);
    assertEquals(await late.call("echo.echo", "late"), "late");
    assertEquals(await mesh.call("echo.echo", "still"), "still");
    server.kill("SIGTERM");
    const { code, stderr } = await server.ended;
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "the runtime directory was gone: made anew");
    assertEquals(exists(server.runtimeDir), false);
  });
}

Deno.test("A directory that has taken the place of a server's is used only when it is safe", async () => {
  await using p = await project(FILES);
  await using server = new LoggedServer(p, "1");
  await server.logs("ready");
  using mesh = await attach(server);
  const worker = await mesh.call<number>("echo.pid");
  await Deno.remove(server.runtimeDir, { recursive: true });
  await Deno.mkdir(server.runtimeDir);
  await Deno.writeTextFile(join(server.runtimeDir, "notes.txt"), "a user's own");
  await Deno.chmod(server.runtimeDir, 0o777);
  Deno.kill(worker, "SIGKILL");
  await server.logs("one has mode 0777");
  await server.logs("it could not be started");
  const files = () => [...Deno.readDirSync(server.runtimeDir)].map(({ name }) => name);
  assertEquals(files(), ["notes.txt"]);
  await Deno.chmod(server.runtimeDir, 0o700);
  await server.workersAreReady(1);
  assertEquals(await mesh.call("echo.echo", 5), 5);
  assertEquals(await server.end(), 0);
  assertEquals(files(), ["notes.txt"]);
});

const canMount = await (async () => {
  if (Deno.uid() !== 0) return "only root may mount";
  if (commandPath("mount") === undefined) return "mount is not installed";
  const directory = await Deno.makeTempDir({ prefix: "mesh-mount-" });
  const mounted = await mount(directory);
  if (mounted === undefined) await new Deno.Command("umount", { args: [directory] }).output();
  await Deno.remove(directory);
  return mounted === undefined ? undefined : `mount is refused here (${mounted})`;
})();

async function mount(directory: string): Promise<string | undefined> {
  const args = ["-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", directory];
  const { success, stderr } = await new Deno.Command("mount", { args }).output();
  return success ? undefined : new TextDecoder().decode(stderr).trim();
}

testUnless(
  canMount,
  "A full runtime directory does not keep a dead worker from being replaced",
  async () => {
    await using p = await project(FILES);
    const directory = join(p.directory, "one");
    await Deno.mkdir(directory);
    assertEquals(await mount(directory), undefined);
    try {
      await using server = await serve(
        p,
        "one",
        ...EXEC,
        "1",
        "--slots",
        "2",
        "--space-bytes",
        "2048",
      );
      await assertRejects(
        () => Deno.writeFile(join(directory, "filler"), new Uint8Array(4 * 1024 * 1024)),
        Error,
        "No space left",
      );
      await replaced(server);
      assertEquals((await p.mesh("call", "echo.echo", "5", "--runtime-dir", "one")).stdout, "5\n");
      assertEquals((await server.status()).server.pid, server.pid);
      server.kill("SIGTERM");
      assertEquals((await server.ended).code, 0);
      assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name), ["filler"]);
    } finally {
      await new Deno.Command("umount", { args: [directory] }).output();
    }
  },
);

testUnless(
  missingCommand("prlimit"),
  "A server that has no file descriptors left logs it, lives, and starts its workers when there are some",
  async () => {
    await using p = await project(FILES);
    await using server = new LoggedServer(p, "2");
    await server.logs("ready");
    const workers = (await server.slots()).map(({ pid }) => pid!);
    const limit = async (descriptors: string) => {
      const args = ["--pid", `${server.pid}`, `--nofile=${descriptors}:`];
      const { success, stderr } = await new Deno.Command("prlimit", { args }).output();
      assert(success, new TextDecoder().decode(stderr));
    };
    const limits = await Deno.readTextFile(`/proc/${server.pid}/limits`);
    const before = /open files\s+(\d+)/.exec(limits)![1]!;
    await limit("3");
    for (const pid of workers) Deno.kill(pid, "SIGKILL");
    await server.logs("it could not be started");
    assert(isAlive(server.pid));
    await limit(before);
    await server.workersAreReady(2);
    using mesh = await attach(server);
    assertEquals(await mesh.call("echo.echo", 5), 5);
    assertEquals(await server.end(), 0);
  },
);
