import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { ConfigError } from "./fault.ts";
import { loadConfig, type LoadOptions } from "./load.ts";
import type { FlagValues } from "./settings.ts";

/** A directory with a site, two services and, if given, a `mesh.json`. */
async function project(file?: string | Record<string, unknown>) {
  const cwd = await Deno.makeTempDir({ prefix: "mesh-config-" });
  await Deno.mkdir(join(cwd, "services"));
  for (const name of ["site.ts", "services/news.ts", "services/quotes.ts"]) {
    await Deno.writeTextFile(join(cwd, name), "");
  }
  if (file !== undefined) {
    const text = typeof file === "string" ? file : JSON.stringify(file);
    await Deno.writeTextFile(join(cwd, "mesh.json"), text);
  }
  return {
    cwd,
    load: async (options: LoadOptions = {}) => (await loadConfig({ cwd, ...options })).config,
    faults: async (options: LoadOptions = {}) =>
      (await assertRejects(() => loadConfig({ cwd, ...options }), ConfigError)).faults,
    [Symbol.asyncDispose]: () => Deno.remove(cwd, { recursive: true }),
  };
}

const EXEC = { role: "exec", services: "services" };

Deno.test("loadConfig() completes an exec server from two flags", async () => {
  await using p = await project();
  const config = await p.load({ flags: EXEC });
  assertMatch(config.name, /^exec-[0-9a-f]{6}$/);
  assertEquals(config.runtimeDir, `/dev/shm/mesh-${Deno.uid()}/${config.name}`);
  const processes = Math.min(4, navigator.hardwareConcurrency);
  const { name: _name, runtimeDir: _dir, ...rest } = config;
  assertEquals(rest, {
    roles: ["exec"],
    runtimeDirIsDefault: true,
    slots: 20,
    spaceBytes: 262_144,
    exec: {
      onUncaught: "replace",
      processes,
      services: [join(p.cwd, "services/news.ts"), join(p.cwd, "services/quotes.ts")],
      projects: [[join(p.cwd, "services/news.ts"), join(p.cwd, "services/quotes.ts")]],
    },
    link: { connect: [] },
    limits: { messageBytes: 16_777_216, timeoutMs: 5_000, drainMs: 3_500 },
    groups: [{
      name: "default",
      services: [],
      prefer: "any",
      mode: "normal",
      balance: "round-robin",
    }],
    log: { level: "info", format: "text" },
  });
});

Deno.test("loadConfig() takes the design's example, comments and all", async () => {
  await using p = await project(`{
    // browsers
    "web":  { "listen": "127.0.0.1:8080", "processes": 4, "site": "./site.ts" },
    "exec": { "processes": 4, "services": ["./services/*.ts"] },
    "name": "web-1", /* and the rest */
    "link": { "listen": "127.0.0.1:7400", "connect": ["127.0.0.1:7401", "127.0.0.1:7402"] },
    "groups": {
      "default":   { "mode": "normal" },
      "portfolio": { "mode": "routed", "services": ["portfolio"] },
      "photos":    { "mode": "keyed",  "services": ["photos"], "keys": { "club": "exec-2" } },
    },
  }`);
  const config = await p.load();
  assertEquals(config.roles, ["web", "exec"]);
  assertEquals(config.name, "web-1");
  assertEquals(config.web?.site, join(p.cwd, "site.ts"));
  assertEquals(config.web?.cookie, {
    name: "mesh_user",
    issue: false,
    maxAgeDays: 365,
    secure: false,
  });
  assertEquals(config.exec?.services.length, 2);
  assertEquals(config.link.listen, { hostname: "127.0.0.1", port: 7400 });
  assertEquals(config.groups.map(({ name, mode }) => `${name}:${mode}`), [
    "default:normal",
    "portfolio:routed",
    "photos:keyed",
  ]);
});

Deno.test("loadConfig() prefers flags to the environment and the environment to the file", async () => {
  await using p = await project({
    name: "from-file",
    exec: { services: ["services"], processes: 1 },
    log: { level: "warn" },
  });
  const env = { MESH_NAME: "from-env", MESH_PROCESSES: "2", MESH_LOG_FORMAT: "json" };
  const config = await p.load({ env, flags: { name: "from-flag" } });
  assertEquals(config.name, "from-flag");
  assertEquals(config.exec?.processes, 2);
  assertEquals(config.log, { level: "warn", format: "json" });
  assertEquals((await p.load({ env })).name, "from-env");
  assertEquals((await p.load({ env: { MESH_NAME: "" } })).name, "from-file");
});

Deno.test("loadConfig() reports five faults of one file at once, with path, seen and allowed", async () => {
  await using p = await project({
    web: { lisen: "127.0.0.1:80", processes: "four", site: "missing.ts" },
    exec: { services: ["services"] },
    link: { connect: ["127.0.0.1:7401", "127.0.0.1"] },
    shm: { spaceBytes: 3000 },
  });
  const faults = await p.faults();
  assertEquals(
    new Set(faults.map(({ path }) => path)),
    new Set([
      "web.lisen",
      "web.processes",
      "web.site",
      "link.connect[1]",
      "shm.spaceBytes",
    ]),
  );
  const of = (path: string) => faults.find((fault) => fault.path === path)!;
  assertEquals(of("web.lisen"), {
    path: "web.lisen",
    seen: "an unknown field",
    allowed: "did you mean web.listen?",
  });
  assertEquals(of("web.processes").seen, '"four"');
  assertStringIncludes(of("web.processes").allowed, "a whole number of processes from 1 to");
  assertStringIncludes(of("web.site").allowed, join(p.cwd, "missing.ts"));
  assertEquals(of("link.connect[1]").seen, '"127.0.0.1"');
  assertStringIncludes(of("shm.spaceBytes").allowed, "a power of two from 2048");

  const error = await assertRejects(() => loadConfig({ cwd: p.cwd }), ConfigError);
  assertStringIncludes(error.message, "5 faults in the configuration (mesh.json):");
  assertEquals(error.message.split("\n").length, 6);
});

Deno.test("loadConfig() says which flag or variable a faulty value came from", async () => {
  await using p = await project();
  const faults = await p.faults({
    flags: { ...EXEC, processes: "0", connect: "a:1,b" },
    env: { MESH_LOG_LEVEL: "loud" },
  });
  const text = faults.map(({ path, source }) => `${path} ${source}`);
  assert(text.includes("exec.processes --processes"), text.join());
  assert(text.includes("link.connect[1] --connect"), text.join());
  assert(text.includes("log.level MESH_LOG_LEVEL"), text.join());
});

Deno.test("loadConfig() takes names in DNS and etcd to connect to, its endpoints in one piece", async () => {
  await using p = await project();
  const connect =
    "10.0.0.1:1, dns://a.test:2,etcd://e1:3,e2:4/mesh,dns+srv://b.test?refreshMs=500,";
  const { link } = await p.load({
    flags: { ...EXEC, link: "0.0.0.0:5", advertise: "exec-1.test:6", connect },
  });
  assertEquals(link, {
    listen: { hostname: "0.0.0.0", port: 5 },
    advertise: "exec-1.test:6",
    connect: [
      "10.0.0.1:1",
      "dns://a.test:2",
      "etcd://e1:3,e2:4/mesh",
      "dns+srv://b.test?refreshMs=500",
    ],
  });
});

Deno.test("loadConfig() refuses to advertise a server that accepts no links", async () => {
  await using p = await project();
  const faults = await p.faults({ flags: { ...EXEC, advertise: "exec-1.test:6" } });
  assertEquals(faults.map(({ path }) => path), ["link.advertise"]);
});

Deno.test("loadConfig() points a field in the wrong section to the right one", async () => {
  await using p = await project({ exec: { services: ["services"] }, spaceBytes: 2048 });
  const [fault] = await p.faults();
  assertEquals(fault?.allowed, "did you mean shm.spaceBytes?");
});

Deno.test("loadConfig() refuses a field of another mode in a group", async () => {
  await using p = await project({
    exec: { services: ["services"] },
    groups: {
      news: { mode: "normal", services: ["news"], keys: { a: "exec-1" } },
      quotes: { services: ["quotes"] },
      other: { mode: "routed", services: ["news"] },
    },
  });
  const faults = await p.faults();
  assertEquals(faults.map(({ path }) => path), [
    "groups.news.keys",
    "groups.quotes.mode",
    "groups.other.services",
  ]);
});

Deno.test("loadConfig() starts relative paths of the file at the file, of flags at the working directory", async () => {
  await using p = await project();
  await Deno.mkdir(join(p.cwd, "etc"));
  await Deno.writeTextFile(
    join(p.cwd, "etc/exec.json"),
    JSON.stringify({ exec: { services: ["../services/news.ts"] }, shm: { runtimeDir: "run" } }),
  );
  const flags = { config: "etc/exec.json" };
  const config = await p.load({ flags });
  assertEquals(config.exec?.services, [join(p.cwd, "services/news.ts")]);
  assertEquals(config.runtimeDir, join(p.cwd, "etc/run"));
  assertEquals(config.runtimeDirIsDefault, false);
  assertEquals(
    (await p.load({ flags: { ...flags, "runtime-dir": "run" } })).runtimeDir,
    join(p.cwd, "run"),
  );
});

Deno.test("loadConfig() names a configuration file that is missing or no JSON", async () => {
  await using p = await project('{\n  "name": oops\n}');
  const [missing] = await p.faults({ flags: { config: "nowhere.json" } });
  assertEquals(missing?.path, "nowhere.json");
  const [syntax] = await p.faults();
  assertStringIncludes(syntax?.seen ?? "", "line 2, column 11");
});

Deno.test("loadConfig() wants a role, a site for web and services for exec", async () => {
  await using p = await project();
  const paths = async (flags: FlagValues) => (await p.faults({ flags })).map(({ path }) => path);
  assertEquals(await paths({}), ["roles"]);
  assertEquals(await paths({ role: ["web", "exec"] }), ["web.site", "exec.services"]);
  assertEquals(await paths({ role: "wbe" }), ["roles[0]"]);
  assertEquals(await paths({ ...EXEC, listen: "127.0.0.1:80" }), ["web.listen"]);
});

Deno.test("loadConfig() leaves a slot free for other programs", async () => {
  await using p = await project();
  assertEquals((await p.load({ flags: { ...EXEC, processes: "30" } })).slots, 31);
  const [fault] = await p.faults({ flags: { ...EXEC, processes: "3", slots: "3" } });
  assertEquals([fault?.path, fault?.source], ["shm.slots", "--slots"]);
  assertStringIncludes(fault?.allowed ?? "", "at least 4");
});

Deno.test("loadConfig() reads the secret from a file and never shows one", async () => {
  await using p = await project({
    exec: { services: ["services"] },
    link: { secretFile: "secret", listen: 5 },
  });
  await Deno.writeTextFile(join(p.cwd, "secret"), "hush\n");
  const file = { exec: { services: ["services"] }, link: { secretFile: "secret" } };
  await Deno.writeTextFile(join(p.cwd, "mesh.json"), JSON.stringify(file));
  assertEquals((await p.load()).link.secret, "hush");
  assertEquals((await p.load({ env: { MESH_SECRET: "other" } })).link.secret, "other");
  const wrong = { ...file, link: { secret: 12_345 } };
  await Deno.writeTextFile(join(p.cwd, "mesh.json"), JSON.stringify(wrong));
  assertEquals((await p.faults()).map(({ seen }) => seen), ["a hidden value"]);
});

Deno.test("loadConfig() grants handlers what the sandbox names, paths made absolute", async () => {
  await using p = await project({
    exec: {
      services: ["services"],
      permissions: { read: ["data"], net: ["example.org:443"], env: true, run: false },
    },
  });
  assertEquals((await p.load()).exec?.permissions, {
    read: [join(p.cwd, "data")],
    net: ["example.org:443"],
    env: true,
  });
});

Deno.test("loadConfig() refuses a runtime directory too long for a Unix socket", async () => {
  await using p = await project();
  const [fault] = await p.faults({ flags: { ...EXEC, "runtime-dir": "/tmp/" + "x".repeat(100) } });
  assertEquals(fault?.path, "shm.runtimeDir");
});
