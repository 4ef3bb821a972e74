import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openDatabase, transaction } from "./database.ts";
import { Positions, POSITIONS_MAX, SAMPLE } from "./positions.ts";
import { Profiles } from "./profiles.ts";
import { LISTINGS } from "./market.ts";
import { DEFAULT_PREFERENCES } from "./preferences.ts";

/** Two connections to one new database, as two exec processes have them. */
function withTwo(test: (a: ReturnType<typeof openDatabase>, b: typeof a) => void): void {
  const directory = Deno.makeTempDirSync();
  const path = join(directory, "deep", "portal.db");
  const [a, b] = [openDatabase(path), openDatabase(path)];
  try {
    test(a, b);
  } finally {
    a.close();
    b.close();
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("what one connection writes the other one reads", () =>
  withTwo((a, b) => {
    assert(new Positions(a).put("ada", { symbol: "MOSS", shares: 3, cost: 290 }));
    const { positions, sample } = new Positions(b).read("ada");
    assertEquals(sample, false);
    assertEquals(positions.find(({ symbol }) => symbol === "MOSS"), {
      symbol: "MOSS",
      shares: 3,
      cost: 290,
    });
    assert(new Positions(b).put("ada", { symbol: "MOSS", shares: 4, cost: 280 }));
    assertEquals(new Positions(a).read("ada").positions.length, SAMPLE.length + 1);
  }));

Deno.test("a reader is not held up by another connection's open transaction", () =>
  withTwo((a, b) => {
    transaction(a, () => {
      a.exec("INSERT INTO portfolios (user) VALUES ('ada')");
      assertEquals(new Positions(b).read("ada").sample, true);
    });
    assertEquals(new Positions(b).read("ada").sample, false);
  }));

Deno.test("a transaction that throws leaves nothing behind", () =>
  withTwo((a, b) => {
    assertThrows(
      () =>
        transaction(a, () => {
          a.exec("INSERT INTO portfolios (user) VALUES ('ada')");
          throw new Error("on purpose");
        }),
      Error,
      "on purpose",
    );
    assertEquals(new Positions(b).read("ada").sample, true);
  }));

Deno.test("a new user sees the sample, and the first change makes it his own", () =>
  withTwo((a) => {
    const positions = new Positions(a);
    assertEquals(positions.read("ada"), { positions: [...SAMPLE], sample: true, version: 0 });
    positions.remove("ada", "YHOO");
    const own = positions.read("ada");
    assertEquals(own.sample, false);
    assertEquals(own.positions, SAMPLE.filter(({ symbol }) => symbol !== "YHOO"));
    for (const { symbol } of SAMPLE) positions.remove("ada", symbol);
    assertEquals(positions.read("ada").positions, []);
    assertEquals(positions.read("bob").sample, true);
  }));

Deno.test("symbols and users are data, whatever they contain", () =>
  withTwo((a) => {
    const user = "'); DROP TABLE positions; --";
    const positions = new Positions(a);
    assert(positions.put(user, { symbol: "YHOO", shares: 1, cost: 1 }));
    assertEquals(positions.read(user).positions.at(-1)?.shares, 1);
  }));

Deno.test("a full portfolio takes no further symbol, but changes those it has", () =>
  withTwo((a) => {
    const positions = new Positions(a);
    for (let i = SAMPLE.length; i < POSITIONS_MAX; i++) {
      assert(positions.put("ada", { symbol: `S${i}`, shares: 1, cost: 1 }));
    }
    const { version } = positions.read("ada");
    assertEquals(positions.put("ada", { symbol: "MORE", shares: 1, cost: 1 }), undefined);
    assertEquals(positions.version("ada"), version);
    assert(positions.put("ada", { symbol: "YHOO", shares: 7, cost: 1 }));
  }));

Deno.test("a portfolio's version grows with each change, whichever connection makes it", () =>
  withTwo((a, b) => {
    const [one, other] = [new Positions(a), new Positions(b)];
    assertEquals(one.version("ada"), 0);
    const versions = [one, other, one].map((positions) => positions.remove("ada", "YHOO").version);
    assertEquals(new Set(versions).size, 3);
    assertEquals(versions.toSorted((x, y) => x - y), versions);
    assertEquals([one.version("ada"), other.read("ada").version], [versions[2], versions[2]]);
  }));

Deno.test("portfolios of a database without versions are kept, and get one", () => {
  const directory = Deno.makeTempDirSync();
  const path = join(directory, "portal.db");
  const old = new DatabaseSync(path);
  old.exec(`
    CREATE TABLE portfolios (user TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE positions (user TEXT NOT NULL, symbol TEXT NOT NULL, shares REAL NOT NULL,
      cost REAL NOT NULL, PRIMARY KEY (user, symbol)) STRICT, WITHOUT ROWID;
    INSERT INTO portfolios VALUES ('ada'); INSERT INTO positions VALUES ('ada', 'MOSS', 3, 290);`);
  old.close();
  const database = openDatabase(path);
  const positions = new Positions(database);
  const { version } = positions.read("ada");
  assert(version > 0);
  assertEquals(positions.read("ada").positions, [{ symbol: "MOSS", shares: 3, cost: 290 }]);
  assert(positions.remove("ada", "MOSS").version > version);
  database.close();
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("a profile's version grows with each save, whichever connection saves", () =>
  withTwo((a, b) => {
    const [one, other] = [new Profiles(a), new Profiles(b)];
    assertEquals(one.read("ada"), { preferences: DEFAULT_PREFERENCES, version: 0 });
    const versions = [one, other, one, other].map((profiles) => {
      return profiles.save("ada", DEFAULT_PREFERENCES).version;
    });
    assertEquals(new Set(versions).size, 4);
    assertEquals(versions.toSorted((x, y) => x - y), versions);
    assertEquals(one.read("ada").version, versions[3]);
  }));

Deno.test("a profile is not saved over one that was saved since its user looked", () =>
  withTwo((a, b) => {
    const [one, other] = [new Profiles(a), new Profiles(b)];
    const oslo = { ...DEFAULT_PREFERENCES, city: "oslo" };
    const first = one.save("ada", oslo, 0)!;
    assertEquals(other.save("ada", DEFAULT_PREFERENCES, 0), undefined);
    assertEquals(other.save("ada", DEFAULT_PREFERENCES, first.version + 1), undefined);
    assertEquals(other.read("ada"), first);
    // The same save once more, since its reply was lost.
    assertEquals(one.save("ada", oslo, 0), first);
    assert(other.save("ada", DEFAULT_PREFERENCES, first.version)!.version > first.version);
  }));

Deno.test("a profile holds nothing but valid preferences", () =>
  withTwo((a) => {
    const saved = new Profiles(a).save("ada", {
      ...DEFAULT_PREFERENCES,
      symbols: [LISTINGS[0]!.symbol, "<script>"],
    });
    assertEquals(saved.preferences.symbols, [LISTINGS[0]!.symbol]);
    assertEquals(new Profiles(a).read("ada"), saved);
  }));

Deno.test("processes that create the database at the same moment all end up with the same one", async () => {
  const directory = await Deno.makeTempDir();
  const path = join(directory, "portal.db");
  const program = `
    const { openDatabase } = await import(${
    JSON.stringify(new URL("./database.ts", import.meta.url).href)
  });
    const { Positions } = await import(${
    JSON.stringify(new URL("./positions.ts", import.meta.url).href)
  });
    const database = openDatabase(Deno.args[0]);
    new Positions(database).put(Deno.args[1], { symbol: "YHOO", shares: 9, cost: 1 });
    database.close();`;
  const run = (user: string) =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", program, "--", path, user],
      stderr: "piped",
    }).output();
  const users = ["ada", "bob", "eve"];
  const results = await Promise.all(users.map(run));
  for (const { success, stderr } of results) assert(success, new TextDecoder().decode(stderr));
  const database = openDatabase(path);
  for (const user of users) {
    assertEquals(new Positions(database).read(user).positions.at(-1)?.shares, 9);
  }
  database.close();
  assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name), ["portal.db"]);
  await Deno.remove(directory, { recursive: true });
});
