/**
 * The compiled program: `deno task compile`, and what the executable can do far from this repository.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { testUnless } from "../skip.ts";
import { compileBase } from "../support/compile_base.ts";
import { ROOT } from "../support/source_tree.ts";

/** A PATH with the system's commands and no deno. */
const WITHOUT_DENO = { PATH: "/usr/bin:/bin", DENO: "/nowhere/deno" };

const base = await compileBase();
const folder = await Deno.makeTempDir({ prefix: "mesh_compiled_" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const missing = typeof base === "string" ? base : await compile(base);

/** Compiles the program; gives a reason when this base can't run it. */
async function compile({ deno, denort }: { deno: string; denort: string }) {
  const { success, stderr } = await new Deno.Command(deno, {
    args: ["run", "-A", join(ROOT, "scripts/compile.ts"), join(folder, "mesh")],
    cwd: ROOT,
    env: { DENORT_BIN: denort, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const version = await mesh(["--version"]);
  return version.err.includes("Could not find standalone binary section")
    ? `no base executable: ${denort} is of another version than ${deno}`
    : undefined;
}

function command(args: string[], env: Record<string, string> = WITHOUT_DENO): Deno.Command {
  return new Deno.Command(join(folder, "mesh"), {
    args,
    cwd: folder,
    // The base may be of a version whose reactor can't read a mark: then this saves the self-test.
    env: { NO_COLOR: "1", MESH_MARK_DEVICE: "epoll", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function mesh(args: string[], env?: Record<string, string>) {
  const { code, stdout, stderr } = await command(args, env).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** A running server of the compiled program; disposing it drains it and expects exit code 0. */
class Server implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #stderr: Promise<string>;

  constructor(args: string[], env?: Record<string, string>) {
    this.#process = command(["run", "--processes", "1", ...args], env).spawn();
    this.#lines = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#stderr = new Response(this.#process.stderr).text();
  }

  /** An address of the ready line. */
  async ready(name: string): Promise<string> {
    const { value = "" } = await this.#lines.read();
    const address = new RegExp(`\\b${name}=(\\S+)`).exec(value)?.[1];
    if (address === undefined) throw new Error(`not ready: ${value}${await this.#stderr}`);
    return address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    const { code } = await this.#process.status;
    await this.#lines.cancel();
    assertEquals(code, 0, await this.#stderr);
  }
}

async function project(files: Record<string, string>): Promise<string> {
  const root = await Deno.makeTempDir({ dir: folder });
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(root, path)), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  }
  return root;
}

const SITE = `export default {
  async fetch(request, { mesh }) {
    try {
      return new Response(await mesh.call("hello.greet", { name: new URL(request.url).pathname }));
    } catch (error) {
      return new Response(error.code + ": " + error.message, { status: 500 });
    }
  },
};
`;

testUnless(
  missing,
  "the compiled program has both roles, with workers and modules of its own and of users",
  async () => {
    const root = await project({
      "site.js": SITE,
      "services/hello.js": `import { MeshError } from "mesh";
import { GREETING } from "../greeting.js";
export function greet({ name }) {
  if (name === "/nobody") throw new MeshError("NOT_FOUND", "nobody is here");
  return GREETING + name;
}
`,
      "greeting.js": 'export const GREETING = "Hello from ";\n',
    });
    const dirs = ["exec", "web"].map((name) => join(root, name));
    await using exec = new Server(
      [
        "--role",
        "exec",
        "--services",
        join(root, "services"),
        "--link",
        "127.0.0.1:0",
        "--runtime-dir",
        dirs[0]!,
      ],
    );
    const link = await exec.ready("link");
    {
      await using web = new Server(
        [
          "--role",
          "web",
          "--site",
          join(root, "site.js"),
          "--listen",
          "127.0.0.1:0",
          "--connect",
          link,
          "--runtime-dir",
          dirs[1]!,
        ],
      );
      const address = await web.ready("web");
      assertEquals(await (await fetch(`http://${address}/away`)).text(), "Hello from /away");
      assertEquals(
        await (await fetch(`http://${address}/nobody`)).text(),
        "NOT_FOUND: nobody is here",
      );

      const call = await mesh([
        "call",
        "hello.greet",
        '{"name":"shell"}',
        "--runtime-dir",
        dirs[1]!,
      ]);
      assertEquals(call.out, '"Hello from shell"\n', call.err);
      const status = await mesh(["status", "--json", "--runtime-dir", dirs[0]!]);
      assertEquals(JSON.parse(status.out).services.length, 1);
    }
    await assertGone(dirs[1]!);
  },
);

const TYPED = {
  "deno.json": '{ "imports": { "greeting": "./greeting.ts" } }\n',
  "greeting.ts": 'export const GREETING: string = "Salve ";\n',
  "services/hello.ts": `import { GREETING } from "greeting";
import { MeshError } from "mesh";
export function greet({ name }: { name: string }): string {
  if (name === "/nobody") throw new MeshError("NOT_FOUND", "nobody is here");
  return GREETING + name;
}
`,
  "site.ts": SITE.replace("request,", "request: Request,").replace("{ mesh })", "{ mesh }: any)")
    .replace(
      "catch (error)",
      "catch (error: any)",
    ),
};

testUnless(
  missing,
  "the compiled program runs modules with dependencies of their own by a deno beside it",
  async () => {
    const root = await project(TYPED);
    const runtimeDir = join(root, "runtime");
    {
      const roles = ["--role", "web", "--role", "exec", "--listen", "127.0.0.1:0"];
      await using server = new Server(
        [
          ...roles,
          "--site",
          join(root, "site.ts"),
          "--services",
          join(root, "services"),
          "--runtime-dir",
          runtimeDir,
        ],
        { DENO: Deno.execPath() },
      );
      const address = await server.ready("web");
      assertEquals(await (await fetch(`http://${address}/amice`)).text(), "Salve /amice");
      assertEquals(
        await (await fetch(`http://${address}/nobody`)).text(),
        "NOT_FOUND: nobody is here",
      );
    }
    await assertGone(runtimeDir);
  },
);

testUnless(
  missing,
  "the compiled program runs services of several projects, each by a deno as deno run would",
  async () => {
    const said = (from: string) => `import said from "${from}"; export const what = () => said;`;
    const root = await project({
      "ws/deno.json": '{ "workspace": ["./a"], "imports": { "root": "./root.ts" } }',
      "ws/root.ts": 'export default "root";',
      "ws/a/deno.json": '{ "imports": { "mine": "./mine.ts" } }',
      "ws/a/mine.ts": 'import root from "root"; export default root + " and mine";',
      "ws/a/one.ts": said("mine"),
      "npm/package.json": '{ "dependencies": { "mine": "1" } }',
      "npm/node_modules/mine/package.json": '{ "name": "mine", "version": "1.0.0" }',
      "npm/node_modules/mine/index.js": 'module.exports = "of npm";',
      "npm/two.js": said("mine"),
      "plain/three.js": said("./x.js"),
      "plain/x.js": 'export default "plain";',
    });
    const files = ["ws/a/one.ts", "npm/two.js", "plain/three.js"].map((name) => join(root, name));
    const words = ["--role", "exec", "--services", files.join()];
    const runtimeDir = join(root, "runtime");
    const env = { DENO: Deno.execPath() };
    const checked = await mesh(["check", ...words], env);
    assertEquals(checked.code, 0, checked.err);
    const args = [...words, "--link", "127.0.0.1:0", "--runtime-dir", runtimeDir];
    await using server = new Server(args, env);
    await server.ready("link");
    const answers = await Promise.all(
      ["one", "two", "three"].map((name) =>
        mesh(["call", `${name}.what`, "null", "--runtime-dir", runtimeDir])
      ),
    );
    assertEquals(answers.map(({ out }) => JSON.parse(out)), ["root and mine", "of npm", "plain"]);
  },
);

testUnless(
  missing,
  "the compiled program says what it needs for modules with dependencies of their own",
  async () => {
    const root = await project({
      "deno.json": '{ "imports": { "greeting": "./greeting.js" } }\n',
      "greeting.js": 'export const GREETING = "Salve ";\n',
      "services/hello.js": 'export { GREETING as greet } from "greeting";\n',
    });
    const { code, out, err } = await mesh([
      "check",
      "--role",
      "exec",
      "--services",
      join(root, "services"),
    ]);
    assertEquals(code, 1, out);
    assertStringIncludes(
      err,
      "modules with dependencies of their own need a deno (2.9.6 or later)",
    );
  },
);

testUnless(
  missing,
  "the compiled program loads modules that it checks in processes of their own, key modules too",
  async () => {
    const groups = { table: { mode: "keyed", services: ["table"], keyModule: "keys.js" } };
    const exec = { services: ["echo.js"], processes: 1 };
    const root = await project({
      "echo.js": "export const echo = (input) => input;",
      "keys.js": "export default () => 'exec-1';",
      "mesh.json": JSON.stringify({ name: "one", roles: ["exec"], exec, groups }),
    });
    const check = () => mesh(["check", "--config", join(root, "mesh.json")]);
    const good = await check();
    assertEquals([good.code, good.err], [0, ""]);
    assertStringIncludes(good.out, `key module ${join(root, "keys.js")} for table\n`);
    await Deno.writeTextFile(join(root, "keys.js"), "Deno.exit(3);");
    const bad = await check();
    assertEquals(bad.code, 1);
    assertStringIncludes(bad.err, "loading it ended the process (exit code 3)");
    assertStringIncludes(bad.out, "service echo");
  },
);

testUnless(missing, "the compiled program says where the demo is", async () => {
  const { code, err } = await mesh(["demo"]);
  assertEquals(code, 1);
  assertStringIncludes(err, "run ./mesh demo in a checkout");
});

async function assertGone(path: string): Promise<void> {
  const left = await Array.fromAsync(Deno.readDir(path)).catch(() => []);
  assertEquals(left, [], `${path} is left as it was found`);
}
