/**
 * Whose project a module belongs to: every layout loads in a server, and under `mesh check`, as under `deno run`.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { dirname } from "@std/path";
import { meshInvocation } from "../../cli/program.ts";
import { startMesh, type TestMesh } from "../../testing.ts";
import { type UserProject, userProject } from "../support/user_project.ts";

/** A module that says what it has imported: as a program, as a service, and as a site. */
function saying(imports: Readonly<Record<string, string>>, service?: string): string {
  const lines = Object.entries(imports).map(([name, from]) => `import ${name} from "${from}";`);
  const names = Object.keys(imports).map((name) => name.replace(/^\{ (?:\w+ as )?(\w+) \}$/, "$1"));
  return [
    ...lines,
    ...(service === undefined ? [] : [`export const service = { name: "${service}" };`]),
    `const said = [${names.join()}].join(" ");`,
    "export const what = () => said;",
    "export default { fetch: () => new Response(said) };",
    "if (import.meta.main) console.log(said);",
  ].join("\n");
}

const is = (value: string) => `export default "${value}";`;
const PACKAGE = { name: "left", version: "1.2.3", main: "left.js" };
const LEFT = {
  "node_modules/left/package.json": PACKAGE,
  "node_modules/left/left.js": 'module.exports = "left pad";',
  "node_modules/left/inner.js": 'module.exports = "inner";',
};

interface Layout {
  readonly files: Readonly<Record<string, unknown>>;
  /** Symbolic links: path → where it leads. */
  readonly links?: Readonly<Record<string, string>>;
  /** Modules of services. */
  readonly services: readonly string[];
  readonly site?: string;
  /** What the modules say, the site first. */
  readonly says: readonly string[];
  /** Directories of the projects of the exec processes. */
  readonly projects: readonly string[];
}

const LAYOUTS: Readonly<Record<string, Layout>> = {
  "plain files": {
    files: {
      "one.ts": saying({ x: "./lib/x.ts" }),
      "b/two.js": saying({ x: "../lib/x.ts" }),
      "lib/x.ts": 'const x: string = "plain"; export default x;',
      "mesh-worker.ts": 'throw new Error("nobody asked for it");',
    },
    services: ["one.ts", "b/two.js"],
    says: ["plain", "plain"],
    projects: ["."],
  },
  "deno.json": {
    files: {
      "deno.json": {
        imports: { "x": "./x.ts", "#/": "./deep/", "left": "npm:left@^1" },
        nodeModulesDir: "manual",
      },
      "package.json": { dependencies: { left: "^1" } },
      ...LEFT,
      "x.ts": is("mapped"),
      "deep/y.ts": is("deep"),
      "services/one.ts": saying({ x: "x", y: "#/y.ts", l: "left", i: "left/inner.js" }),
    },
    services: ["services/one.ts"],
    says: ["mapped deep left pad inner"],
    projects: ["."],
  },
  "a forgiving deno.jsonc with an import map in a file, scopes, and names for / and node:fs": {
    files: {
      "deno.jsonc": `// mine\n{ 'importMap': "./maps/map.json" unstable: [], }`,
      "maps/map.json": {
        imports: {
          "x": "../x.ts",
          "/": "../",
          "../": "../",
          "node:fs": "../x.ts",
          "https://far.example/z.ts": "../z.ts",
        },
        scopes: { "../inner/": { "x": "../inner/x.ts" } },
      },
      "x.ts": is("outer"),
      "z.ts": is("far"),
      "inner/x.ts": is("inner"),
      "inner/y.ts": 'export { default } from "x";',
      "one.ts": saying({
        x: "x",
        y: "./inner/y.ts",
        z: "https://far.example/z.ts",
        r: "/x.ts",
        f: "node:fs",
      }),
    },
    services: ["one.ts"],
    says: ["outer inner far outer outer"],
    projects: ["."],
  },
  "a workspace with members": {
    files: {
      "deno.json": {
        workspace: ["./a", "./packages/*"],
        imports: { "root": "./root.ts", "both": "./root.ts" },
        compilerOptions: { jsx: "react-jsx", jsxImportSource: "jsx" },
        catalog: { left: "^1" },
        nodeModulesDir: "manual",
      },
      "package.json": { dependencies: { left: "^1" } },
      ...LEFT,
      "root.ts": is("root"),
      "a/deno.json": {
        name: "@ws/a",
        version: "0.1.0",
        exports: { ".": "./out.ts", "./more": "./more.ts" },
        imports: { "mine": "./mine.ts", "both": "./mine.ts" },
      },
      "a/out.ts": is("exported by a"),
      "a/more.ts": is("more of a"),
      "a/mine.ts": is("a's"),
      "a/one.ts": saying({ r: "root", m: "mine", b: "both", l: "left", w: "@ws/b" }),
      "packages/b/deno.jsonc": {
        name: "@ws/b",
        exports: "./out.ts",
        imports: { "mine": "./b.ts" },
      },
      "packages/b/out.ts": 'import m from "mine"; export default "exported by b, with " + m;',
      "packages/b/b.ts": is("b's"),
      "packages/b/two.ts": saying({ r: "root", m: "mine", b: "both", a: "@ws/a", n: "@ws/a/more" }),
      "three.ts": saying({ b: "both", a: "@ws/a" }),
    },
    services: ["a/one.ts", "packages/b/two.ts", "three.ts"],
    says: [
      "root a's a's left pad exported by b, with b's",
      "root b's root exported by a more of a",
      "root exported by a",
    ],
    projects: ["."],
  },
  "package.json alone": {
    files: {
      "package.json": {
        type: "module",
        imports: { "#inside": "./lib/inside.js" },
        dependencies: { left: "^1", filed: "file:./filed" },
      },
      ...LEFT,
      "filed/package.json": { name: "filed", version: "0.0.1", type: "module", exports: "./f.js" },
      "filed/f.js": is("from a folder"),
      "lib/inside.js": is("inside"),
      "services/one.js": saying({ l: "left", i: "left/inner.js", f: "filed", h: "#inside" }),
    },
    links: { "node_modules/filed": "../filed" },
    services: ["services/one.js"],
    says: ["left pad inner from a folder inside"],
    projects: ["."],
  },
  "an npm workspace": {
    files: {
      "package.json": { workspaces: ["packages/*"] },
      "packages/a/package.json": { name: "a", version: "1.0.0", type: "module", exports: "./a.js" },
      "packages/a/a.js": is("package a"),
      "packages/b/package.json": { name: "b", type: "module", dependencies: { a: "*" } },
      "packages/b/services/one.js": saying({ a: "a" }),
    },
    links: { "node_modules/a": "../packages/a" },
    services: ["packages/b/services/one.js"],
    says: ["package a"],
    projects: ["."],
  },
  "two projects in one server, with one name for two modules": {
    files: {
      "a/deno.json": { imports: { "conf": "./conf.ts" } },
      "a/conf.ts": is("of a"),
      "a/one.ts": saying({ c: "conf" }),
      "b/deno.json": { imports: { "conf": "./conf.ts" } },
      "b/conf.ts": is("of b"),
      "b/two.ts": saying({ c: "conf" }),
      "c/three.ts": saying({ c: "./conf.ts" }),
      "c/conf.ts": is("of nobody"),
    },
    services: ["a/one.ts", "b/two.ts", "c/three.ts"],
    says: ["of a", "of b", "of nobody"],
    projects: ["a", "b", "c"],
  },
  "a site and services in different projects": {
    files: {
      "web/package.json": { dependencies: { left: "^1" } },
      ...Object.fromEntries(Object.entries(LEFT).map(([path, text]) => [`web/${path}`, text])),
      "web/site.ts": saying({ l: "left" }),
      "exec/deno.json": { imports: { "left": "./left.ts" } },
      "exec/left.ts": is("another left"),
      "exec/one.ts": saying({ l: "left" }),
    },
    services: ["exec/one.ts"],
    site: "web/site.ts",
    says: ["left pad", "another left"],
    projects: ["exec"],
  },
  "a project inside of another, and of a workspace that does not know it": {
    files: {
      "deno.json": { workspace: ["./member"], imports: { "x": "./x.ts" } },
      "x.ts": is("outer"),
      "one.ts": saying({ x: "x" }),
      "member/deno.json": {},
      "member/two.ts": saying({ x: "x" }),
      "alone/deno.json": { imports: { "x": "./x.ts" } },
      "alone/x.ts": is("inner"),
      "alone/deep/three.ts": saying({ x: "x" }),
    },
    services: ["one.ts", "member/two.ts", "alone/deep/three.ts"],
    says: ["outer", "outer", "inner"],
    projects: [".", "alone"],
  },
  "a project by a symbolic link": {
    files: {
      "real/deno.json": { imports: { "x": "./x.ts" } },
      "real/x.ts": is("real"),
      "real/one.ts": saying({ x: "x" }),
      "other/deno.json": { imports: { "x": "./x.ts" } },
      "other/x.ts": is("other"),
    },
    links: { "linked": "real", "other/two.ts": "../real/one.ts" },
    services: ["linked/one.ts", "other/two.ts"],
    says: ["real", "other"],
    projects: ["linked", "other"],
  },
  "a linked package, and odd characters in paths": {
    files: {
      "a #1 100%/deno.json": { links: ["../far"], imports: { "x": "./x y.ts" } },
      "a #1 100%/x y.ts": is("odd"),
      "a #1 100%/one.ts": saying({ x: "x", f: "@far/away" }),
      "far/deno.json": { name: "@far/away", exports: "./out.ts", imports: { "x": "./x.ts" } },
      "far/out.ts": 'export { default } from "x";',
      "far/x.ts": is("far's"),
    },
    services: ["a #1 100%/one.ts"],
    says: ["odd far's"],
    projects: ["a #1 100%"],
  },
};

async function laidOut(
  { files, links = {} }: Pick<Layout, "files" | "links">,
): Promise<UserProject> {
  const p = await userProject(files);
  for (const [path, target] of Object.entries(links)) {
    await Deno.mkdir(dirname(p.path(path)), { recursive: true });
    await Deno.symlink(target, p.path(path));
  }
  return p;
}

async function check(p: UserProject, settings: Record<string, unknown>) {
  const file = p.path("mesh.json");
  await Deno.writeTextFile(file, JSON.stringify(settings));
  return await mesh(p, "check", "--config", file);
}

async function mesh(p: UserProject, ...words: string[]) {
  const { command, args } = meshInvocation(words);
  const { HOME = "/", PATH = "" } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: p.directory,
    clearEnv: true,
    env: { HOME, PATH, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}

/** Rows of `mesh status` of the exec processes. */
async function execWorkers(m: TestMesh): Promise<{ project: string; pid: number }[]> {
  const { command, args } = meshInvocation([
    "status",
    "--json",
    "--runtime-dir",
    m.runtimeDirs[0]!,
  ]);
  const { stdout } = await new Deno.Command(command, { args: [...args] }).output();
  const { workers } = JSON.parse(new TextDecoder().decode(stdout));
  return workers.filter(({ kind }: { kind: string }) => kind === "exec");
}

for (const [what, layout] of Object.entries(LAYOUTS)) {
  for (const sandboxed of [false, true]) {
    const title = `${what}: loads as under deno run${sandboxed ? ", in a sandbox" : ""}`;
    Deno.test(title, async () => {
      await using p = await laidOut(layout);
      const { services, site, says } = layout;
      const permissions = sandboxed ? { permissions: {} } : {};
      const modules = [...site === undefined ? [] : [site], ...services];
      for (const [i, module] of modules.entries()) {
        const { stdout, stderr } = await p.deno("run", "--no-lock", p.path(module));
        assertEquals(stdout.trim(), says[i], stderr);
      }
      const checked = await check(p, {
        roles: site === undefined ? ["exec"] : ["web", "exec"],
        exec: { services, ...permissions },
        ...(site === undefined ? {} : { web: { site } }),
      });
      assertEquals(checked.code, 0, checked.err);

      await using m = await startMesh({
        services: services.map((path) =>
          new URL(`file://${encodeURI(p.path(path)).replaceAll("#", "%23")}`)
        ),
        ...(site === undefined ? {} : { site: p.path(site) }),
        processes: 2,
        execServers: 0,
        config: { exec: permissions },
      });
      const answers = await Promise.all(
        services.map((path) => m.mesh.call(`${/(\w+)\.\w+$/.exec(path)![1]}.what`, null)),
      );
      if (site !== undefined) answers.unshift(await (await fetch(m.url)).text());
      assertEquals(answers, [...says]);
      const projects = (await execWorkers(m)).map(({ project }) => project);
      const expected = layout.projects.flatMap((name) => [name, name]).map((name) => p.path(name));
      assertEquals(projects, expected, "processes of each project");
      assertEquals(await exists(p.path("deno.lock")), false, "no lock file is made");
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
