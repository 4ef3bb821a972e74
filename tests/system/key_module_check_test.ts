/**
 * Key modules that cannot be used are found before a server relies on them.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Project, project } from "../support/spawned_mesh.ts";
import { processesOf, until } from "../chaos/support/servers.ts";

const SERVER = {
  roles: ["exec"],
  exec: { services: ["echo.js"], processes: 1 },
  shm: { runtimeDir: "run" },
};
const keyed = (keyModule: string) => ({ table: { mode: "keyed", services: ["table"], keyModule } });

async function badKeys(keys: string): Promise<Project> {
  return await project({
    "echo.js": "export const echo = (input) => input;",
    "keys.js": keys,
    "mesh.json": JSON.stringify({ ...SERVER, groups: keyed("keys.js") }),
  });
}

for (
  const [what, keys, message] of [
    ["that throws", `throw Object.create(null);`, /it does not load/],
    ["with a syntax error", `export default (`, /it does not load: .*keys\.js:1/s],
    ["without a function", `export default "exec-1";`, /its default export is no function/],
    [
      "that ends its process",
      `console.log('{"path":"x"}'); Deno.exit(3);`,
      /loading it ended the process \(exit code 3\)/,
    ],
  ] as const
) {
  Deno.test(`a key module ${what} is found by mesh check, and by the start of a server`, async () => {
    await using p = await badKeys(keys);
    const checked = await p.mesh("check");
    assertEquals(checked.code, 1, checked.stdout);
    assertMatch(checked.stderr, message);
    assertStringIncludes(checked.stderr, `${p.directory}/keys.js (groups.table.keyModule)`);
    const started = await p.mesh("run");
    assertEquals([started.code, started.stdout], [1, ""], started.stderr);
    assertMatch(started.stderr, message);
    assertStringIncludes(started.stderr, "keys.js");
    assertEquals(processesOf(p.directory), []);
  });
}

Deno.test("mesh check names a good key module with its groups", async () => {
  await using p = await badKeys(`export default () => "exec-1";`);
  const { code, stdout } = await p.mesh("check");
  assertEquals(code, 0);
  assertStringIncludes(stdout, `key module ${p.directory}/keys.js for table\n`);
});

Deno.test("modules that loop while they are loaded do not hang mesh check, whatever they print", async () => {
  await using p = await badKeys(`for (;;) console.log("x".repeat(1_000));`);
  await Deno.writeTextFile(`${p.directory}/echo.js`, "for (;;);");
  const { code, stderr } = await p.mesh("check");
  assertEquals(code, 1);
  for (const name of ["echo.js", "keys.js"]) {
    assertMatch(stderr, new RegExp(`${name}.*: it was not loaded after 20000 ms`));
  }
  assertEquals(processesOf(p.directory), []);
});

Deno.test("a start whose key module loops ends by a signal at once", async () => {
  await using p = await badKeys(`console.error("begins"); for (;;);`);
  const running = p.start("run");
  await until("the module is being loaded", () => processesOf(p.directory).length >= 2);
  running.kill("SIGTERM");
  const { code, stdout } = await running.ended;
  assertEquals([code, stdout], [0, ""]);
  assertEquals(processesOf(p.directory), []);
});

Deno.test("a table beside a key module that is too large for its processes is refused", async () => {
  await using p = await badKeys(`export default () => "exec-1";`);
  const keys = Object.fromEntries(
    Array.from({ length: 40_000 }, (_, i) => [`a-long-key-${i}`, "a"]),
  );
  const groups = { table: { ...keyed("keys.js").table, keys } };
  await Deno.writeTextFile(`${p.directory}/mesh.json`, JSON.stringify({ ...SERVER, groups }));
  const { code, stderr } = await p.mesh("check");
  assertEquals(code, 2);
  assertMatch(stderr, /groups.*\d+ bytes of services and keys.*at most 524288/);
});
