import { assertEquals } from "@std/assert";
import { FAULTS } from "./faults.ts";
import { Bed } from "./plant.ts";
import { tryOne } from "./try_planted.ts";

/** Of different rooms, and soon caught: `deno task simulate --planted` tries all of them. */
const FEW = [
  "a caller that gives up tells nobody",
  "an ended call keeps its place in the process's table",
  "a deadline that has passed is days away",
  "a late call that waits for its link leaves all the same, and is said never to begin",
];
const SEEDS = 60;

Deno.test("the simulation catches what is planted in the core, and nothing where nothing is", async () => {
  using bed = new Bed();
  for (const name of FEW) {
    const fault = FAULTS.find((fault) => fault.name === name)!;
    const { runs, said } = await tryOne(bed, fault, SEEDS);
    assertEquals(typeof said, "string", `${name}: nothing in ${runs} seeds`);
  }
  const { file } = FAULTS[0]!;
  const harmless = { name: "nothing", file, find: " * @module", replace: " *  @module" };
  assertEquals(await tryOne(bed, harmless, 2), { runs: 2 });
});
