import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { attach, onlyRuntimeDir } from "../client/attach.ts";
import { MeshError } from "../errors.ts";
import { native } from "../native/ffi.ts";
import { runningServers } from "../shm/running_servers.ts";
import { askServer } from "./admin_client.ts";
import { chooseOwnRuntimeDir, chooseRuntimeDir } from "./runtime_dirs.ts";

native();

/** Places with the runtime directories of some servers that run and some that are gone. */
async function servers(live: string[], dead: string[] = []) {
  const root = await Deno.makeTempDir({ prefix: "mesh-dirs-" });
  const listeners: Deno.UnixListener[] = [];
  for (const name of [...live, ...dead]) {
    await Deno.mkdir(join(root, name), { recursive: true, mode: 0o700 });
    const listener = Deno.listen({ transport: "unix", path: join(root, name, "admin.sock") });
    // A socket file stays behind when its server is gone.
    if (dead.includes(name)) listener.close();
    else listeners.push(listener);
  }
  const at = (name: string) => join(root, name);
  return {
    at,
    places: { parent: at("own"), demos: root },
    [Symbol.asyncDispose]: async () => {
      for (const listener of listeners) listener.close();
      await Deno.remove(root, { recursive: true });
    },
  };
}

const DEMO = ["mesh-demo-x/exec-1", "mesh-demo-x/exec-2", "mesh-demo-x/web-1"];

Deno.test("the servers that run are found, those of demos as well, and nothing else", async () => {
  await using s = await servers(["own/b", "own/a", ...DEMO, "other/c"], ["own/dead"]);
  await Deno.mkdir(s.at("own/empty"));
  await Deno.symlink(s.at("other/c"), s.at("own/link"));
  assertEquals(
    runningServers(s.places).map(({ runtimeDir }) => runtimeDir),
    ["own/a", "own/b", ...DEMO].map(s.at),
  );
  assertEquals(runningServers({ parent: s.at("nowhere"), demos: s.at("own/a/admin.sock") }), []);
});

Deno.test("a server whose backlog is full runs all the same, also where the path is long", async () => {
  const deep = `own/${"d".repeat(120)}`;
  await using s = await servers(["own/a"]);
  await Deno.mkdir(s.at(deep));
  // As a long path is listened on: by way of a shorter one.
  await Deno.symlink(s.at(deep), s.at("short"));
  using _listener = Deno.listen({ transport: "unix", path: s.at("short/admin.sock") });
  for (let i = 0; i < 400; i++) assertEquals(runningServers(s.places).length, 2);
});

Deno.test("a process that can open no further file does not say that no server runs", async () => {
  await using s = await servers(["own/one"]);
  const script = `
    const { runningServers } = await import(${
    JSON.stringify(import.meta.resolve("../shm/running_servers.ts"))
  });
    const places = ${JSON.stringify(s.places)};
    runningServers(places); // loads the library
    const held = [];
    try { for (;;) held.push(Deno.openSync("/dev/null")); } catch {}
    for (const free of [0, 1]) {
      if (free === 1) held.pop().close();
      try { console.log(runningServers(places).length); } catch (error) { console.log(error.code); }
    }`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 64 && exec "$0" eval "$1"', Deno.execPath(), script],
  }).output();
  // With one file to open the server is found, with none the fault is told.
  assertEquals(new TextDecoder().decode(stdout), "UNAVAILABLE\n1\n");
});

Deno.test("a command asks the named server, or the only one, or the web server of a demo that runs alone", async () => {
  assertEquals(chooseRuntimeDir("x", "/a"), "/a/x");
  assertEquals(chooseOwnRuntimeDir("x", "/a"), "/a/x");
  await using one = await servers(["own/one"], ["own/dead"]);
  assertEquals(chooseRuntimeDir(undefined, "/", one.places), one.at("own/one"));
  assertEquals(chooseOwnRuntimeDir(undefined, "/", one.places), one.at("own/one"));
  assertEquals(onlyRuntimeDir(one.places), one.at("own/one"));
  await using demo = await servers(DEMO);
  assertEquals(chooseRuntimeDir(undefined, "/", demo.places), demo.at("mesh-demo-x/web-1"));
  assertEquals(onlyRuntimeDir(demo.places), demo.at("mesh-demo-x/web-1"));
  // Nobody ends a demo by a word about another server.
  assertThrows(() => chooseOwnRuntimeDir(undefined, "/", demo.places), Error, "3 servers run");
});

Deno.test("several servers are listed, and it is said when none runs", async () => {
  const cases = [
    ["own/one", "own/two"],
    ["own/one", ...DEMO],
    [...DEMO, "mesh-demo-y/web-1"],
    DEMO.slice(0, 2),
  ];
  for (const live of cases) {
    await using s = await servers(live);
    const choose = assertThrows(() => chooseRuntimeDir(undefined, "/", s.places), Error);
    const joining = assertThrows(() => onlyRuntimeDir(s.places), MeshError);
    assertEquals([joining.code, joining.started], ["INVALID_ARGUMENT", false]);
    for (const { message } of [choose, joining]) {
      assertStringIncludes(message, `${live.length} servers run`);
      for (const name of live) assertStringIncludes(message, s.at(name));
    }
  }
  await using none = await servers([], ["own/dead"]);
  const says = `no server runs under ${none.at("own")}`;
  assertThrows(() => chooseRuntimeDir(undefined, "/", none.places), Error, says);
  assertThrows(() => chooseOwnRuntimeDir(undefined, "/", none.places), Error, says);
  const { code, message } = assertThrows(() => onlyRuntimeDir(none.places), MeshError);
  assertEquals(code, "UNAVAILABLE");
  assertStringIncludes(message, says);
});

Deno.test("where another user may have put a server, none is looked for, asked or joined", async () => {
  await using s = await servers(["own/one", ...DEMO]);
  const joining = async (options?: { runtimeDir: string }) => {
    const error = await attach(options).then(() => undefined, (error: unknown) => error);
    if (!(error instanceof MeshError)) throw error;
    return [error.code, error.started, error.message] as const;
  };
  const refused = (says: string) => {
    assertThrows(() => chooseRuntimeDir(undefined, "/", s.places), MeshError, says);
    assertThrows(() => chooseOwnRuntimeDir(undefined, "/", s.places), MeshError, says);
    const { code, started } = assertThrows(() => onlyRuntimeDir(s.places), MeshError, says);
    assertEquals([code, started], ["PERMISSION_DENIED", false]);
  };
  for (const mode of [0o755, 0o1777, 0o701]) {
    await Deno.chmod(s.at("own"), mode);
    refused(`no server is looked for: ${s.at("own")} has mode`);
  }
  await Deno.chmod(s.at("own"), 0o700);
  await Deno.rename(s.at("own"), s.at("real"));
  await Deno.symlink(s.at("real"), s.at("own"));
  refused(`${s.at("own")} is a symbolic link`);
  await Deno.remove(s.at("own"));
  // What is found in a safe place and is open itself is named, and neither asked nor joined.
  for (const name of ["real/one", "mesh-demo-x"]) await Deno.chmod(s.at(name), 0o777);
  for (const runtimeDir of [s.at("real/one"), onlyRuntimeDir(s.places)]) {
    const [code, started, message] = await joining({ runtimeDir });
    assertEquals([code, started], ["PERMISSION_DENIED", false]);
    assertStringIncludes(message, "has mode 0777");
    await assertRejects(() => askServer(runtimeDir, "/status"), Error, "is not asked");
  }
});

Deno.test("a directory that cannot be looked at is a place where no server runs", async () => {
  for (const runtimeDir of ["/dev/null/x", `/${"x".repeat(5_000)}`, "/proc/self/fd/x/y"]) {
    const error = await assertRejects(() => attach({ runtimeDir }), MeshError);
    assertEquals(error.started, false, error.message);
  }
  assertEquals(runningServers({ parent: "/dev/null/x", demos: "/dev/null/x" }), []);
});

Deno.test("attach() refuses wrong options at once, and says what is allowed", async () => {
  const throwing = (name: string) =>
    Object.defineProperty({}, name, {
      enumerable: true,
      get: () => {
        throw new TypeError("no");
      },
    });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const wrong: [options: unknown, says: string][] = [
    [null, "attach: options is null; it must be an object"],
    ["run", 'is "run"'],
    [[], "attach: options is"],
    [() => {}, "a function"],
    [Symbol("s"), "Symbol(s)"],
    [revoked.proxy, "attach: options is"],
    [{ runtimeDir: 5 }, "runtimeDir is 5; it must be a path"],
    [{ runtimeDir: null }, "runtimeDir is null"],
    [{ runtimeDir: "" }, 'runtimeDir is ""'],
    [{ runtimeDir: "a\0b" }, "runtimeDir"],
    [{ runtimeDir: ["a"] }, "runtimeDir"],
    [{ runtimeDir: new URL("file:///run") }, "runtimeDir"],
    [{ runtimeDir: {} }, "runtimeDir"],
    [{ runtimeDir: Object.create(null) }, "runtimeDir"],
    [throwing("runtimeDir"), "attach: runtimeDir cannot be read: no"],
    [throwing("timeoutMs"), "timeoutMs cannot be read"],
    ...["5", null, NaN, -1, 0, Infinity, 86_400_001, 5n, {}, [5], true, Symbol("t")].map((
      timeoutMs,
    ): [unknown, string] => [{ runtimeDir: "/x", timeoutMs }, "attach: timeoutMs is "]),
  ];
  for (const [options, says] of wrong) {
    const error = await attach(options as { runtimeDir: string }).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(error instanceof MeshError)) throw error;
    assertEquals([error.code, error.started], ["INVALID_ARGUMENT", false]);
    assertStringIncludes(error.message, says);
  }
});
