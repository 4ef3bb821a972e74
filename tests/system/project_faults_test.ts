/**
 * Modules that cannot be loaded: `mesh check` and `mesh run` say the same, and what to do.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { project } from "../support/spawned_mesh.ts";
import { processesOf, serve, until } from "../chaos/support/servers.ts";

const OK = "export const what = () => 1;";

interface Fault {
  readonly files: Readonly<Record<string, string | Record<string, unknown>>>;
  readonly services?: readonly string[];
  readonly site?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, unknown>>;
  readonly says: RegExp;
  /** The exit code of both. Default 1. */
  readonly code?: number;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "a bare name, and no configuration": {
    files: { "one.ts": 'import "bare";' },
    says: /Import "bare" not a dep.*deno\.json.* package\.json.*there is none/s,
  },
  "a bare name that deno.json does not have": {
    files: { "deno.json": {}, "one.ts": 'import "bare";' },
    says: /name it in \S+deno\.json \(`deno add npm:bare`/,
  },
  "a name of mesh that is none": {
    files: { "one.ts": 'import "mesh/server";' },
    says: /mesh has two modules: "mesh" and "mesh\/testing"/,
  },
  "a dependency of package.json that is not installed": {
    files: { "package.json": { dependencies: { left: "^1" } }, "one.ts": 'import "left";' },
    says: /Could not resolve "left".*run `deno install` in \S+mesh-project-\w+$/sm,
  },
  "an npm package beside package.json": {
    files: { "package.json": {}, "one.ts": 'import "npm:left@1";' },
    says: /name npm:left@1 in \S+package\.json, then run `deno install`/,
  },
  "a file that is not there": {
    files: { "one.ts": 'import "./two.ts";' },
    says: /Module not found "file:\S+two\.ts"\.\s+at file:\S+one\.ts:1:8/,
  },
  "a wrong ending": {
    files: { "one.ts": 'import "./two.js";', "two.ts": OK },
    says: /Module not found \S+two\.js"\.\s+at \S+; an import names a file as it is on disk/,
  },
  "JSON without its attribute": {
    files: { "one.ts": 'import x from "./x.json"; export const what = () => x;', "x.json": "{}" },
    says: /with \{ type: "json" \}/,
  },
  "a syntax error": {
    files: { "one.ts": "\nconst a: = 1;" },
    says: /one\.ts:2:10/,
  },
  "an exception at the top level": {
    files: { "one.ts": '\nthrow new Error("not today");' },
    says: /not today \(file:\S+one\.ts:2:7\)/,
  },
  "CommonJS": {
    files: { "one.js": "module.exports = { a: 1 };" },
    services: ["one.js"],
    says: /module is not defined; .*CommonJS/,
  },
  "the far web, which is not there": {
    files: { "one.ts": 'import "http://127.0.0.1:9/x.ts";' },
    says: /run `deno cache \S+one\.ts` as this user/,
  },
  "a site of a project with a broken deno.json": {
    files: { "deno.json": '{ "imports": ', "site.ts": "export default { fetch() {} };" },
    site: "site.ts",
    services: [],
    code: 2,
    says: /web\.site.*deno\.json: the end of the file where a value is expected \(line 1/,
  },
  "an import map that is not there": {
    files: { "deno.json": { importMap: "maps/none.json" }, "one.ts": OK },
    says: /cannot read the import map \S+maps\/none\.json of \S+deno\.json/,
  },
  "a workspace that contains itself": {
    files: { "deno.json": { workspace: ["./a", "./"] }, "a/deno.json": {}, "a/one.ts": OK },
    services: ["a/one.ts"],
    says: /exit code 1\)?: Remove the reference to the current config file/,
  },
  "a member without configuration": {
    files: { "deno.json": { workspace: ["./a", "./b"] }, "b/x.ts": "", "a/one.ts": OK },
    services: ["a/one.ts"],
    says: /exit code 1\)?: Could not find config file for workspace member/,
  },
  "a permission that is not granted": {
    files: { "one.ts": `Deno.env.get("HOME"); ${OK}` },
    permissions: { net: true },
    says: /Requires env access to "HOME"; exec\.permissions\.env in mesh\.json grants it/,
  },
  "a module outside of the project, in a sandbox": {
    files: { "a/deno.json": {}, "a/one.ts": 'import "../far.ts";', "far.ts": "" },
    services: ["a/one.ts"],
    permissions: {},
    says: /Requires read access to \S+far\.ts".*; exec\.permissions\.read.*needs no grant/s,
  },
  "a path with a comma, in a sandbox": {
    files: { "a,b/one.ts": OK },
    services: ["a,b/one.ts"],
    permissions: {},
    says: /a sandbox cannot have "\S+a,b".*comma/,
  },
  "services of one name in one project": {
    files: { "a/one.ts": OK, "b/one.ts": OK },
    services: ["a/one.ts", "b/one.ts"],
    says: /service "?one"? is in \S+a\/one\.ts and in \S+b\/one\.ts: name .*differently/,
  },
  "services of one name in two projects": {
    files: { "a/deno.json": {}, "a/one.ts": OK, "b/package.json": {}, "b/one.ts": OK },
    services: ["a/one.ts", "b/one.ts"],
    says: /service "?one"? is in \S+one\.ts and in \S+one\.ts: name .*differently/,
  },
  "modules that do not go together in one process": {
    files: {
      "one.ts": `if (globalThis.taken) throw new Error("taken"); globalThis.taken = 1; ${OK}`,
      "two.ts": `if (globalThis.taken) throw new Error("taken"); globalThis.taken = 1; ${OK}`,
    },
    services: ["one.ts", "two.ts"],
    says: /two\.ts does not load: taken/,
  },
  "a key module that only one of two projects can load": {
    files: {
      "a/deno.json": { imports: { "table": "../table.ts" } },
      "a/one.ts": OK,
      "b/deno.json": {},
      "b/two.ts": OK,
      "keys.ts": 'export { default } from "table";',
      "table.ts": 'export default () => "one";',
    },
    services: ["a/one.ts", "b/two.ts"],
    settings: { groups: { g: { mode: "keyed", services: ["one"], keyModule: "keys.ts" } } },
    says: /keys\.ts.*Import "table" not a dep.*\(in the project \S+\/b\)/s,
  },
};

for (const [what, fault] of Object.entries(FAULTS)) {
  Deno.test(`mesh check and mesh run say the same of ${what}`, async () => {
    const { services = ["one.ts"], site, settings, permissions, says, code = 1 } = fault;
    await using p = await project({
      ...Object.fromEntries(
        Object.entries(fault.files).map((
          [path, text],
        ) => [path, typeof text === "string" ? text : JSON.stringify(text)]),
      ),
      "mesh.json": JSON.stringify({
        roles: site === undefined ? ["exec"] : ["web"],
        ...(site === undefined
          ? { exec: { services, processes: 1, ...(permissions && { permissions }) } }
          : { web: { site, listen: "127.0.0.1:0", processes: 1 } }),
        shm: { runtimeDir: "run" },
        ...settings,
      }),
    });
    const checked = await p.mesh("check");
    assertEquals(checked.code, code, checked.stdout + checked.stderr);
    assertMatch(checked.stderr, says);
    const started = await p.mesh("run");
    assertEquals([started.code, started.stdout], [code, ""], started.stderr);
    assertMatch(started.stderr, says);
    assertEquals(processesOf(p.directory), []);
  });
}

Deno.test("processes count for each project: a server that has too few slots for them says so", async () => {
  await using p = await project({
    "a/deno.json": "{}",
    "a/one.ts": OK,
    "b/deno.json": "{}",
    "b/two.ts": OK,
    "mesh.json": JSON.stringify({
      roles: ["exec"],
      exec: { services: ["a/one.ts", "b/two.ts"], processes: 3 },
      shm: { slots: 6 },
    }),
  });
  const { code, stderr } = await p.mesh("check");
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    "at least 7: one more than there are processes (exec.processes is 3, for each of 2 projects)",
  );
});

Deno.test("a worker that ends is replaced under its own project, as that is then", async () => {
  await using p = await project({
    "a/deno.json": '{ "imports": { "x": "./x.ts" } }',
    "a/x.ts": 'export default "a";',
    "b/x.ts": 'export default "b";',
    "b/deno.json": '{ "imports": { "x": "./x.ts" } }',
    ...Object.fromEntries(
      [["a", "one"], ["b", "two"]].map(([project, name]) => [
        `${project}/${name}.ts`,
        'import x from "x"; export const what = () => x;',
      ]),
    ),
  });
  const services = ["--services", "a/one.ts,b/two.ts"];
  await using server = await serve(p, "one", "--role", "exec", ...services, "--processes", "1");
  const ask = async (target: string) =>
    (await p.mesh("call", target, "--runtime-dir", "one")).stdout.trim();
  assertEquals([await ask("one.what"), await ask("two.what")], ['"a"', '"b"']);
  const worker = async () =>
    (await server.status()).workers.find(({ project }) => project === `${p.directory}/b`)!;
  const { pid } = await worker();
  await Deno.writeTextFile(`${p.directory}/b/y.ts`, 'export default "new";');
  await Deno.writeTextFile(`${p.directory}/b/deno.json`, '{ "imports": { "x": "./y.ts" } }');
  Deno.kill(pid!, "SIGKILL");
  await until("the worker is replaced", async () => {
    const next = await worker();
    return next.state === "ready" && next.pid !== pid;
  });
  assertEquals([await ask("one.what"), await ask("two.what")], ['"a"', '"new"']);

  await Deno.writeTextFile(`${p.directory}/b/deno.json`, "{ broken");
  Deno.kill((await worker()).pid!, "SIGKILL");
  await until(
    "its project is broken",
    async () => /cannot read .*b\/deno\.json/.test((await worker()).lastEnd ?? ""),
  );
  assertEquals(await ask("one.what"), '"a"');
  await Deno.writeTextFile(`${p.directory}/b/deno.json`, '{ "imports": { "x": "./x.ts" } }');
  await until("it works again", async () => (await worker()).state === "ready");
  assertEquals(await ask("two.what"), '"b"');
  const text = (await p.mesh("status", "--runtime-dir", "one")).stdout;
  for (const name of ["a", "b"]) assertStringIncludes(text, `${p.directory}/${name} `);
});
