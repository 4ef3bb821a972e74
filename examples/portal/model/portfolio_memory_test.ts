import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { openDatabase } from "./database.ts";
import { PortfolioMemory } from "./portfolio_memory.ts";
import { Positions, POSITIONS_MAX } from "./positions.ts";

const MOSS = { symbol: "MOSS", shares: 3, cost: 290 };

/** The memories of two exec processes over one database. */
function withTwo(
  test: (a: PortfolioMemory, b: PortfolioMemory) => void,
  capacity?: number,
): void {
  const directory = Deno.makeTempDirSync();
  const databases = [0, 1].map(() => openDatabase(join(directory, "portal.db")));
  const [a, b] = databases.map((database) =>
    new PortfolioMemory(new Positions(database), capacity)
  );
  try {
    test(a!, b!);
  } finally {
    for (const database of databases) database.close();
    Deno.removeSync(directory, { recursive: true });
  }
}

const symbols = ({ portfolio }: ReturnType<PortfolioMemory["read"]>) =>
  portfolio.positions.map(({ symbol }) => symbol);

Deno.test("a portfolio comes out of the database once, and then out of memory", () =>
  withTwo((a, b) => {
    assertEquals(["ada", "ada", "bob", "ada"].map((user) => a.read(user).memory), [
      "miss",
      "hit",
      "miss",
      "hit",
    ]);
    assertEquals(b.read("ada"), { ...a.read("ada"), memory: "miss" });
  }));

Deno.test("what a process has written it has in memory, and another process finds in the database", () =>
  withTwo((a, b) => {
    assert(a.put("ada", MOSS));
    assertEquals(a.read("ada").memory, "hit");
    assertEquals(b.read("ada"), { ...a.read("ada"), memory: "miss" });
    assert(symbols(b.read("ada")).includes("MOSS"));
  }));

Deno.test("a copy is not used after another process has changed the portfolio", () =>
  withTwo((a, b) => {
    a.put("ada", MOSS);
    b.put("ada", { ...MOSS, shares: 4 });
    const seen = a.read("ada");
    assertEquals(seen.memory, "miss");
    assertEquals(seen.portfolio.positions.find(({ symbol }) => symbol === "MOSS")?.shares, 4);
    assertEquals(a.read("ada").memory, "hit");
    a.remove("ada", "MOSS");
    assert(!symbols(b.read("ada")).includes("MOSS"));
  }));

Deno.test("the sample in memory gives way to the portfolio that another process began", () =>
  withTwo((a, b) => {
    assert(a.read("ada").portfolio.sample);
    b.remove("ada", "YHOO");
    assertEquals([a.read("ada").portfolio.sample, a.read("ada").memory], [false, "hit"]);
    assert(!symbols(a.read("ada")).includes("YHOO"));
  }));

Deno.test("the user not served for longest is forgotten when the memory is full", () =>
  withTwo((a) => {
    const served = ["ada", "bob", "ada", "eve", "ada", "bob"];
    assertEquals(served.map((user) => a.read(user).memory), [
      "miss",
      "miss",
      "hit",
      "miss",
      "hit",
      "miss",
    ]);
  }, 2));

Deno.test("a position that is refused changes neither database nor memory", () =>
  withTwo((a, b) => {
    for (let i = 3; i < POSITIONS_MAX; i++) a.put("ada", { ...MOSS, symbol: `S${i}` });
    b.read("ada");
    assertEquals(a.put("ada", MOSS), false);
    assertEquals([a.read("ada").memory, b.read("ada").memory], ["hit", "hit"]);
  }));
