/**
 * The shell wrapper `mesh`: what it prepares, and when. npm and cargo are stand-ins that write down that
 * they were called: the real ones would take minutes and the network for each test.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ROOT } from "../support/source_tree.ts";

const NPM = `#!/bin/sh
echo "npm $*" >>"$CALLS"
mkdir -p node_modules
`;
const CARGO = `#!/bin/sh
case $1 in --version) echo "cargo \${CARGO_SEEN:-1.99.0} (abc 2026-01-01)"; exit ;; esac
echo "cargo $1" >>"$CALLS"
root=$(dirname "$0")/..
mkdir -p "$root/native/target/release"
echo library >"$root/native/target/release/libmesh_native.so"
`;

/** A checkout as git leaves it, with the wrapper and little else. */
class Checkout implements AsyncDisposable {
  readonly root = Deno.makeTempDirSync({ prefix: "mesh_wrapper_" });

  constructor() {
    Deno.copyFileSync(`${ROOT}/mesh`, `${this.root}/mesh`);
    for (const folder of ["bin", "native/src", "tests"]) {
      Deno.mkdirSync(`${this.root}/${folder}`, { recursive: true });
    }
    this.write("package-lock.json", "{}\n");
    this.write("deno.json", "{}\n");
    this.write("native/Cargo.toml", 'rust-version = "1.85"\n');
    this.write("native/src/lib.rs", "// 1\n");
    this.write("main.ts", 'console.log("main", JSON.stringify(Deno.args));\n');
    this.write("tests/run.ts", 'console.log("tests", JSON.stringify(Deno.args));\n');
    for (const [name, text] of [["npm", NPM], ["cargo", CARGO]] as const) {
      this.write(`bin/${name}`, text);
      Deno.chmodSync(`${this.root}/bin/${name}`, 0o755);
    }
  }

  write(path: string, text: string): void {
    Deno.writeTextFileSync(`${this.root}/${path}`, text);
  }

  async start(args: string[], env: Record<string, string> = {}, program = `${this.root}/mesh`) {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      cwd: "/",
      env: {
        PATH: `${this.root}/bin:${Deno.env.get("PATH")}`,
        DENO: Deno.execPath(),
        CARGO: `${this.root}/bin/cargo`,
        CALLS: `${this.root}/calls`,
        NO_COLOR: "1",
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  }

  /** What npm and cargo were called for since the last look. */
  calls(): string[] {
    try {
      const calls = Deno.readTextFileSync(`${this.root}/calls`).trim().split("\n");
      Deno.removeSync(`${this.root}/calls`);
      return calls;
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

const INSTALL = "npm ci --ignore-scripts --no-audit --no-fund --loglevel=error";

Deno.test("mesh prepares a fresh checkout, says so, and passes its arguments on", async () => {
  await using checkout = new Checkout();
  const first = await checkout.start(["run", "--name", "two words"]);
  assertEquals(first.code, 0, first.err);
  assertEquals(first.out, 'main ["run","--name","two words"]\n');
  assertStringIncludes(first.err, "mesh: installing npm packages");
  assertStringIncludes(first.err, "mesh: building the native library");
  assertEquals(checkout.calls(), [INSTALL, "cargo build"]);
});

Deno.test("mesh does nothing at its second start, and says nothing", async () => {
  await using checkout = new Checkout();
  await checkout.start([]);
  checkout.calls();
  assertEquals(await checkout.start(["x"]), { code: 0, out: 'main ["x"]\n', err: "" });
  assertEquals(checkout.calls(), []);
});

Deno.test("mesh repeats only what a change asks for", async () => {
  await using checkout = new Checkout();
  await checkout.start([]);
  checkout.calls();

  checkout.write("package-lock.json", "{ }\n");
  await checkout.start([]);
  assertEquals(checkout.calls(), [INSTALL]);

  // A time of the file system that is certainly newer than the build.
  checkout.write("native/src/lib.rs", "// 2\n");
  const future = new Date(Date.now() + 2_000);
  Deno.utimeSync(`${checkout.root}/native/src/lib.rs`, future, future);
  await checkout.start([]);
  assertEquals(checkout.calls(), ["cargo build"]);
});

Deno.test("mesh starts at the same time prepare a checkout once", async () => {
  await using checkout = new Checkout();
  const starts = await Promise.all(["a", "b", "c"].map((name) => checkout.start([name])));
  assertEquals(starts.map(({ out }) => out), ['main ["a"]\n', 'main ["b"]\n', 'main ["c"]\n']);
  assertEquals(checkout.calls(), [INSTALL, "cargo build"]);
});

Deno.test("mesh works through a symbolic link, and `mesh test` runs the tests", async () => {
  await using checkout = new Checkout();
  Deno.symlinkSync("../mesh", `${checkout.root}/bin/mesh`);
  Deno.symlinkSync("bin/mesh", `${checkout.root}/link`);
  const { code, out, err } = await checkout.start(["test", "unit"], {}, `${checkout.root}/link`);
  assertEquals(code, 0, err);
  assertEquals(out, 'tests ["unit"]\n');
  const help = await checkout.start(["help", "test"]);
  assertEquals(help.out, 'tests ["--help"]\n');
});

Deno.test("mesh refuses a deno and a cargo that are too old, and says what it needs", async () => {
  await using checkout = new Checkout();
  const rust = await checkout.start([], { CARGO_SEEN: "1.70.0" });
  assertEquals(rust.code, 1);
  assertStringIncludes(rust.err, "Rust 1.85 or later is needed to build the native library");

  checkout.write("bin/deno", '#!/bin/sh\necho "deno 2.9.5 (stable)"\n');
  Deno.chmodSync(`${checkout.root}/bin/deno`, 0o755);
  const deno = await checkout.start([], { DENO: `${checkout.root}/bin/deno` });
  assertEquals(deno.code, 1);
  assertMatch(deno.err, /DENO=.* is not Deno 2\.9\.6 or a later 2\.x/);
});

Deno.test("mesh takes the deno that npm brought when the one on the PATH is too old", async () => {
  await using checkout = new Checkout();
  checkout.write("bin/deno", '#!/bin/sh\necho "deno 1.46.3 (stable)"\n');
  Deno.chmodSync(`${checkout.root}/bin/deno`, 0o755);
  const without = await checkout.start([], { DENO: "" });
  assertEquals(without.code, 1);
  assertStringIncludes(without.err, "no Deno for this machine");

  Deno.mkdirSync(`${checkout.root}/node_modules/@deno/linux-x64-glibc`, { recursive: true });
  Deno.symlinkSync(Deno.execPath(), `${checkout.root}/node_modules/@deno/linux-x64-glibc/deno`);
  assertEquals((await checkout.start(["y"], { DENO: "" })).out, 'main ["y"]\n');
});
