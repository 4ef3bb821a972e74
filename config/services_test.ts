import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join, relative } from "@std/path";
import { expandServices } from "./services.ts";

async function directory(...names: string[]) {
  const base = await Deno.makeTempDir({ prefix: "mesh-services-" });
  for (const name of names) {
    await Deno.mkdir(dirname(join(base, name)), { recursive: true });
    await Deno.writeTextFile(join(base, name), "");
  }
  return {
    base,
    expand: async (...patterns: string[]) => {
      const { files, faults } = await expandServices(patterns, base);
      return { files: files.map((file) => relative(base, file)), faults };
    },
    [Symbol.asyncDispose]: () => Deno.remove(base, { recursive: true }),
  };
}

Deno.test("expandServices() takes the modules directly in a directory, but no tests and declarations", async () => {
  await using d = await directory(
    "s/b.ts",
    "s/a.tsx",
    "s/c.js",
    "s/d.mjs",
    "s/a_test.ts",
    "s/a.test.ts",
    "s/types.d.ts",
    "s/data.json",
    "s/latest.ts",
    "s/inner/e.ts",
  );
  assertEquals(await d.expand("s"), {
    files: ["s/a.tsx", "s/b.ts", "s/c.js", "s/d.mjs", "s/latest.ts"],
    faults: [],
  });
});

Deno.test("expandServices() expands globs, also through directories", async () => {
  await using d = await directory("x/s/a.ts", "x/s/a_test.ts", "y/s/b.ts", "y/node_modules/c.ts");
  assertEquals((await d.expand("*/s/*.ts")).files, ["x/s/a.ts", "y/s/b.ts"]);
  assertEquals((await d.expand("**/*.ts")).files, ["x/s/a.ts", "y/s/b.ts"]);
  assertEquals((await d.expand("x/s/{a,b}.ts")).files, ["x/s/a.ts"]);
});

Deno.test("expandServices() takes a module once, however often it is named", async () => {
  await using d = await directory("s/a.ts", "s/b.ts");
  assertEquals((await d.expand("s/b.ts", "s", "s/*.ts")).files, ["s/b.ts", "s/a.ts"]);
});

Deno.test("expandServices() reports each pattern that stands for nothing", async () => {
  await using d = await directory("s/readme.md", "s/data.json");
  const { files, faults } = await d.expand("missing.ts", "s", "s/*.ts", "s/data.json");
  assertEquals(files, []);
  assertEquals(faults.map(({ seen }) => seen), [
    '"missing.ts"',
    '"s"',
    '"s/*.ts"',
    '"s/data.json"',
  ]);
  assertStringIncludes(faults[0]!.allowed, join(d.base, "missing.ts"));
});

Deno.test("expandServices() takes files of one name: their modules may name themselves", async () => {
  await using d = await directory("x/news.ts", "y/news.js");
  assertEquals(await d.expand("x", "y"), { files: ["x/news.ts", "y/news.js"], faults: [] });
});
