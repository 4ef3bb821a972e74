/**
 * `deno task compile [output]`: one executable with everything inside: our modules, the packages they
 * need, and the native library (which must be built: any `./mesh` command sees to that).
 *
 * `deno compile` puts the program behind a base executable that it downloads; `DENORT_BIN` names one that
 * is already there.
 *
 * @module
 */
import { dirname, fromFileUrl, join } from "@std/path";
import { WORKER_V8_FLAGS } from "../supervisor/v8_flags.ts";

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const LIBRARY = "dist/libmesh_native.so";

/** Modules that nothing imports statically, but workers and users' modules do by name. */
const ENTRIES = [
  "mod.ts",
  "testing.ts",
  "worker/worker_main.ts",
  "worker/describe_main.ts",
];

interface PackageJson {
  dependencies?: Record<string, string>;
}

/** Packages that the program needs at run time, with theirs. */
function neededPackages(): Set<string> {
  const needed = new Set<string>();
  const visit = (folder: string) => {
    const { dependencies = {} } = JSON.parse(
      Deno.readTextFileSync(`${folder}/package.json`),
    ) as PackageJson;
    for (const name of Object.keys(dependencies)) {
      if (needed.has(name)) continue;
      needed.add(name);
      visit(join(ROOT, "node_modules", name));
    }
  };
  visit(ROOT);
  return needed;
}

/** Paths of the installed packages that the program does not need: tools, tests, Deno itself. */
function unneededPackages(): string[] {
  const needed = neededPackages();
  const installed = [...Deno.readDirSync(join(ROOT, "node_modules"))].flatMap(({ name }) =>
    name.startsWith("@")
      ? [...Deno.readDirSync(join(ROOT, "node_modules", name))].map((inner) =>
        `${name}/${inner.name}`
      )
      : [name]
  );
  return installed.filter((name) => !needed.has(name)).map((name) => `node_modules/${name}`);
}

const output = Deno.args[0] ?? join(ROOT, "dist/mesh");
try {
  Deno.statSync(join(ROOT, LIBRARY));
} catch {
  console.error(
    `compile: ${LIBRARY} is not there yet: run ./mesh --version first, which builds it`,
  );
  Deno.exit(1);
}
await Deno.mkdir(dirname(output), { recursive: true });
const { code } = await new Deno.Command(Deno.execPath(), {
  args: [
    "compile",
    "--allow-all",
    "--no-prompt",
    "--no-check", // `deno task check` is for that
    "--unstable-net",
    "--unstable-no-legacy-abort",
    WORKER_V8_FLAGS, // the same program is proxy and worker
    ...["--config", "deno.json"],
    ...[LIBRARY, ...ENTRIES].flatMap((path) => ["--include", path]),
    ...unneededPackages().flatMap((path) => ["--exclude", path]),
    ...["--output", output],
    "main.ts",
  ],
  cwd: ROOT,
  stdin: "null",
}).spawn().status;
Deno.exit(code);
