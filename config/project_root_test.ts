import { assertEquals, assertThrows } from "@std/assert";
import { dirname, join } from "@std/path";
import { MeshError } from "../errors.ts";
import { findProjectRoot, groupByProject } from "./project_root.ts";

/** Runs a test in a directory with files. */
async function within(files: Readonly<Record<string, string>>, test: (directory: string) => void) {
  const directory = await Deno.makeTempDir({ prefix: "mesh-root-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(directory, name)), { recursive: true });
      await Deno.writeTextFile(join(directory, name), text);
    }
    test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What there is, and the root of the module `a/b/c.ts`; `undefined`: it has none. */
const ROOTS: Readonly<Record<string, [files: Record<string, string>, root: string | undefined]>> = {
  "nothing": [{}, undefined],
  "the nearest deno.json": [{ "deno.json": "{}", "a/deno.json": "{}" }, "a"],
  "a blank deno.jsonc": [{ "a/b/deno.jsonc": "// later" }, "a/b"],
  "package.json below deno.json": [{ "deno.json": "{}", "a/package.json": "{}" }, "a"],
  "a directory of that name": [{ "a/deno.json/x": "", "package.json": "" }, "."],
  "a workspace with it as a member": [
    { "deno.json": '{"workspace": ["./a/b"]}', "a/b/deno.json": "{}" },
    ".",
  ],
  "a workspace with its directory, which has no configuration": [
    { "deno.json": '{"workspace": []}' },
    ".",
  ],
  "a workspace by a glob": [
    { "deno.json": '{"workspace": {"members": ["a/*"]}}', "a/b/deno.json": "{}" },
    ".",
  ],
  "a workspace that leaves it out": [
    { "deno.json": '{"workspace": ["a/*", "!a/b"]}', "a/b/deno.json": "{}" },
    "a/b",
  ],
  "a workspace of others": [
    { "deno.json": '{"workspace": ["./x"]}', "a/b/deno.json": "{}" },
    "a/b",
  ],
  "an npm workspace": [
    { "package.json": '{"workspaces": ["a/*"]}', "a/b/package.json": "{}" },
    ".",
  ],
  "an npm workspace, whose members have a package.json": [
    { "package.json": '{"workspaces": {"packages": ["a/*"]}}', "a/b/deno.json": "{}" },
    "a/b",
  ],
  "a workspace around one that is none": [
    { "deno.json": '{"workspace": ["./a/b"]}', "a/deno.json": "{}", "a/b/deno.json": "{}" },
    ".",
  ],
  "the nearest of two workspaces": [
    {
      "deno.json": '{"workspace": ["./a"]}',
      "a/deno.json": '{"workspace": ["./b"]}',
      "a/b/deno.json": "{}",
    },
    "a",
  ],
};

for (const [what, [files, root]] of Object.entries(ROOTS)) {
  Deno.test(`the root of a project: ${what}`, async () => {
    await within(files, (directory) => {
      const found = findProjectRoot(join(directory, "a/b/c.ts"))?.directory;
      assertEquals(found, root === undefined ? undefined : join(directory, root));
    });
  });
}

Deno.test("modules inside of installed packages belong to the project that has them", async () => {
  await within({ "deno.json": "{}", "node_modules/x/package.json": "{}" }, (directory) => {
    const module = join(directory, "node_modules/x/y.js");
    assertEquals(findProjectRoot(module)?.directory, directory);
  });
});

Deno.test("modules are grouped by their projects, in order, and those without one are together", async () => {
  await within({ "a/deno.json": "{}", "b/package.json": "{}" }, (directory) => {
    const names = ["x/1.ts", "b/2.ts", "a/3.ts", "y/4.ts", "b/c/5.ts"];
    const groups = groupByProject(names.map((name) => join(directory, name)));
    const shown = groups.map((group) => group.map((path) => path.slice(directory.length + 1)));
    assertEquals(shown, [["x/1.ts", "y/4.ts"], ["b/2.ts", "b/c/5.ts"], ["a/3.ts"]]);
  });
});

for (const [name, text] of [["deno.json", "{"], ["deno.jsonc", "[]"], ["package.json", "// x"]]) {
  Deno.test(`a ${name} that Deno cannot read is refused by its path`, async () => {
    await within({ [name!]: text! }, (directory) => {
      const error = assertThrows(() => findProjectRoot(join(directory, "a.ts")), MeshError);
      assertEquals(error.message.startsWith(`cannot read ${join(directory, name!)}: `), true);
    });
  });
}
