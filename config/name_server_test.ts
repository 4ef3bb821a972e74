import { assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "./fault.ts";
import { loadConfig } from "./load.ts";

const WEB_1 = { server: "web-1", addresses: ["10.0.0.1", "fd00::1"] };
const WEB_2 = { server: "web-2", addresses: ["fd00::2"] };
const NAME_SERVER = { zone: "portal.example", names: { www: [WEB_1, WEB_2] } };

/** Loads a configuration from a file with these settings. */
async function load(
  settings: Record<string, unknown>,
  flags: Record<string, string> = {},
  env: Record<string, string> = {},
) {
  const cwd = await Deno.makeTempDir({ prefix: "mesh-config-" });
  try {
    await Deno.writeTextFile(`${cwd}/mesh.json`, JSON.stringify(settings));
    await Deno.writeTextFile(`${cwd}/site.ts`, "");
    return (await loadConfig({ cwd, flags, env })).config;
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

const faultsOf = async (...given: Parameters<typeof load>) =>
  (await assertRejects(() => load(...given), ConfigError)).faults;

Deno.test("a section nameServer alone makes a name server, which needs no processes", async () => {
  const config = await load({ nameServer: NAME_SERVER, shm: { slots: 1 } });
  assertEquals([config.roles, config.slots, config.web, config.exec], [
    ["name"],
    1,
    undefined,
    undefined,
  ]);
  assertEquals(config.nameServer, {
    hostname: "127.0.0.1",
    port: 5353,
    zone: {
      ...NAME_SERVER,
      mode: "round-robin",
      ttlSeconds: 30,
      nameServerAddresses: [],
    },
    health: [
      { server: "web-1", url: "http://10.0.0.1/" },
      { server: "web-2", url: "http://[fd00::2]/" },
    ],
  });
});

Deno.test("--listen and MESH_LISTEN are where DNS is answered when name is the only role", async () => {
  const file = { nameServer: { ...NAME_SERVER, listen: "127.0.0.1:1" } };
  const port = async (...given: Parameters<typeof load>) => {
    const { web, nameServer } = await load(...given);
    return [web?.port, nameServer?.port];
  };
  const flags = { listen: "127.0.0.1:2" };
  assertEquals(await port(file), [undefined, 1]);
  assertEquals(await port(file, flags), [undefined, 2]);
  assertEquals(await port(file, { ...flags, role: "name" }), [undefined, 2]);
  assertEquals(await port(file, {}, { MESH_LISTEN: "127.0.0.1:3", MESH_ROLE: "name" }), [
    undefined,
    3,
  ]);
  assertEquals(await port(file, { ...flags, site: "site.ts" }), [2, 1]);
  assertEquals(await port(file, { ...flags, site: "site.ts", role: "web,name" }), [2, 1]);
});

Deno.test("the page of a web server's health is the one that is named, else the usual one", async () => {
  const { nameServer } = await load({
    nameServer: {
      ...NAME_SERVER,
      names: {
        www: [WEB_1, { ...WEB_2, health: "https://portal.example/well" }],
        old: [{ server: "web-1", addresses: ["10.9.9.9"] }],
      },
      healthPath: "/healthz",
      port: 8080,
    },
  });
  assertEquals(nameServer?.health, [
    { server: "web-1", url: "http://10.0.0.1:8080/healthz" },
    { server: "web-2", url: "https://portal.example/well" },
  ]);
});

Deno.test("a name server's faults are told all at once, each with its path", async () => {
  const faults = await faultsOf({
    nameServer: {
      zone: "no zone",
      names: {
        "no name": [WEB_1],
        www: [{ server: "web-1", addresses: ["10.0.0"], health: "ftp://10.0.0.1/" }],
        none: [],
      },
      mode: "adress-hash",
      ttlSeconds: -1,
      healthPath: "well",
      port: 0,
    },
  });
  assertEquals(
    faults.map(({ path }) => path).sort(),
    [
      "nameServer.healthPath",
      "nameServer.mode",
      'nameServer.names["no name"]',
      "nameServer.names.none",
      "nameServer.names.www[0].addresses[0]",
      "nameServer.names.www[0].health",
      "nameServer.port",
      "nameServer.ttlSeconds",
      "nameServer.zone",
    ].sort(),
  );
  assertEquals((await faultsOf({}, { role: "name" })).map(({ path }) => path), [
    "nameServer.zone",
    "nameServer.names",
  ]);
  const two = {
    www: [{ ...WEB_1, health: "http://a/" }],
    old: [{ ...WEB_1, health: "http://b/" }],
  };
  assertEquals(
    (await faultsOf({ nameServer: { ...NAME_SERVER, names: two } })).map(({ path }) => path),
    ["nameServer.names.old[0].health"],
  );
});
