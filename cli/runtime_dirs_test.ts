import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { chooseRuntimeDir, liveRuntimeDirs } from "./runtime_dirs.ts";

/** A parent directory with some runtime directories whose servers run and some whose are gone. */
async function servers(live: string[], dead: string[] = []) {
  const parent = await Deno.makeTempDir({ prefix: "mesh-dirs-" });
  const listeners: Deno.UnixListener[] = [];
  for (const name of [...live, ...dead]) {
    await Deno.mkdir(join(parent, name));
    const path = join(parent, name, "admin.sock");
    const listener = Deno.listen({ transport: "unix", path });
    // A socket file stays behind when its server is gone.
    if (dead.includes(name)) listener.close();
    else listeners.push(listener);
  }
  return {
    parent,
    [Symbol.asyncDispose]: async () => {
      for (const listener of listeners) listener.close();
      await Deno.remove(parent, { recursive: true });
    },
  };
}

Deno.test("liveRuntimeDirs() finds the servers that run and no others", async () => {
  await using s = await servers(["b", "a"], ["dead"]);
  await Deno.mkdir(join(s.parent, "empty"));
  assertEquals(await liveRuntimeDirs(s.parent), [join(s.parent, "a"), join(s.parent, "b")]);
  assertEquals(await liveRuntimeDirs(join(s.parent, "nowhere")), []);
});

Deno.test("chooseRuntimeDir() takes the named directory without looking for others", async () => {
  assertEquals(await chooseRuntimeDir("x", "/a", "/nowhere"), "/a/x");
});

Deno.test("chooseRuntimeDir() takes the only server that runs", async () => {
  await using s = await servers(["one"], ["dead"]);
  assertEquals(await chooseRuntimeDir(undefined, "/", s.parent), join(s.parent, "one"));
});

Deno.test("chooseRuntimeDir() lists the servers when several run, and says when none does", async () => {
  await using s = await servers(["one", "two"]);
  const several = await assertRejects(() => chooseRuntimeDir(undefined, "/", s.parent), Error);
  assertStringIncludes(several.message, `2 servers run`);
  assertStringIncludes(several.message, `--runtime-dir ${join(s.parent, "two")}`);
  await assertRejects(
    () => chooseRuntimeDir(undefined, "/", join(s.parent, "nowhere")),
    Error,
    "no server runs under",
  );
});
