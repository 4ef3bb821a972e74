import { assertEquals, assertThrows } from "@std/assert";
import { dirname, join, toFileUrl } from "@std/path";
import { MeshError } from "../errors.ts";
import { findProject, type UserProject, workerImportMap } from "./user_project.ts";

/** The project of `services/a.ts` in a directory with files. */
async function projectOf<T>(
  files: Readonly<Record<string, unknown>>,
  test: (find: () => UserProject, directory: string) => T,
): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "mesh-project-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(directory, name)), { recursive: true });
      await Deno.writeTextFile(join(directory, name), JSON.stringify(content));
    }
    return test(() => findProject(join(directory, "services/a.ts")), directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What a project says, and its import map; `ROOT` stands for the URL of its directory. */
const MAPS: Readonly<Record<string, [files: Record<string, unknown>, map: unknown]>> = {
  "paths, on both sides": [
    { "deno.json": { imports: { "x": "./x.ts", "./y.ts": "../z.ts", "w": "file:///w.ts" } } },
    { imports: { "x": "ROOT/x.ts", "ROOT/y.ts": "ROOT/../z.ts", "w": "file:///w.ts" } },
  ],
  "packages, with the modules inside of them": [
    { "deno.json": { imports: { "a": "npm:a@1", "b": "jsr:/@x/b", "b/": "./b/", "c": "npm:c/" } } },
    {
      imports: {
        "a": "npm:a@1",
        "a/": "npm:/a@1/",
        "b": "jsr:/@x/b",
        "b/": "ROOT/b/",
        "c": "npm:c/",
      },
    },
  ],
  "a map in a file, as it stands there": [
    {
      "deno.json": { importMap: "./maps/m.json" },
      "maps/m.json": {
        imports: { "a": "npm:a@1", "x": "./x.ts" },
        scopes: { "../in/": { "x": "./y.ts" } },
      },
    },
    {
      imports: { "a": "npm:a@1", "x": "ROOT/maps/x.ts" },
      scopes: { "ROOT/in/": { "x": "ROOT/maps/y.ts" } },
    },
  ],
  "imports before a map in a file": [
    { "deno.json": { importMap: "./none.json", imports: { "x": "./x.ts" } } },
    { imports: { "x": "ROOT/x.ts" } },
  ],
  "catalogs": [
    {
      "deno.json": {
        imports: { "a": "catalog:", "b/": "catalog:old", "c": "catalog:none" },
        catalog: { a: "^1" },
        catalogs: { old: { b: "0.1" } },
      },
    },
    {
      imports: { "a": "npm:a@^1", "a/": "npm:/a@^1/", "b/": "npm:/b@0.1/", "c": "catalog:none" },
    },
  ],
  "what is no address": [
    { "deno.json": { imports: { "a": null, "b": 5, "c": "" } } },
    { imports: { "a": null, "b": null, "c": "" } },
  ],
  "package.json alone": [{ "package.json": { dependencies: { a: "1" } } }, { imports: {} }],
};

for (const [what, [files, map]] of Object.entries(MAPS)) {
  Deno.test(`the import map of a project: ${what}`, async () => {
    await projectOf(files, (find, directory) => {
      const root = toFileUrl(directory).href;
      const above = toFileUrl(dirname(directory)).href;
      const expected = JSON.stringify(map).replaceAll("ROOT/..", above).replaceAll("ROOT", root);
      assertEquals(find().importMap, JSON.parse(expected));
    });
  });
}

Deno.test("a project has a lock file where its configuration says, and sources where its links lead", async () => {
  const lock: readonly [unknown, string, boolean][] = [
    [undefined, "deno.lock", true],
    [undefined, "other.lock", false],
    ["other.lock", "other.lock", true],
    [{ path: "other.lock" }, "other.lock", true],
  ];
  for (const [setting, file, locked] of lock) {
    const files = {
      "deno.json": { ...(setting === undefined ? {} : { lock: setting }) },
      [file]: {},
    };
    await projectOf(files, (find) => assertEquals(find().locked, locked, JSON.stringify(files)));
  }
  await projectOf({ "deno.json": { links: ["../a b", "npm:x", "./*"] } }, (find, directory) => {
    assertEquals(find().sources, [directory, join(directory, "../a b/").replace(/\/$/, "")]);
  });
});

Deno.test("a module without configuration is a project of its own", async () => {
  await projectOf({}, (find, directory) => {
    const { configured, directory: own, locked } = find();
    assertEquals([configured, own, locked], [false, join(directory, "services"), false]);
  });
});

for (
  const [what, files] of Object.entries({
    "of the web": { "deno.json": { importMap: "https://far.example/m.json" } },
    "that is not there": { "deno.json": { importMap: "./none.json" } },
    "that is no object": { "deno.json": { importMap: "./m.json" }, "m.json": 5 },
  })
) {
  Deno.test(`an import map ${what} is refused`, async () => {
    await projectOf(files, (find) => void assertThrows(find, MeshError, "import"));
  });
}

Deno.test("a worker's import map has our names everywhere, and changes nothing for our own modules", () => {
  const root = new URL("file:///mesh/");
  const own = { "mesh": "file:///mesh/mod.ts", "mesh/testing": "file:///mesh/testing.ts" };
  const simple = workerImportMap({ root, importMap: { imports: { "x": "file:///x.ts" } } });
  assertEquals(simple, { imports: { "x": "file:///x.ts", ...own }, scopes: {} });
  const importMap = {
    imports: { "file:///": "file:///user/", "node:fs": "file:///user/fs.ts", "mesh": "npm:mesh" },
    scopes: { "file:///user/in/": { "mesh": "file:///user/mesh.ts" } },
  };
  const itself = { "file:///mesh/": "file:///mesh/" };
  assertEquals(workerImportMap({ root, importMap }), {
    imports: { ...importMap.imports, ...own, ...itself },
    scopes: {
      "file:///user/in/": { ...own, ...itself },
      "file:///mesh/": { "node:fs": "node:fs", "file:///": "file:///" },
    },
  });
});
