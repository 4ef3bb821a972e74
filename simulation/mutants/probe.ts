/**
 * Runs in a copy with a mutant: plays what was found once and then seeds, until one fails, and says how it went.
 *
 * Arguments: the first seed, and how many. Lines: `loaded`, `seed n` before each run of a seed, and `caught n what` at
 * the end; n is 0 for what was found once.
 *
 * @module
 */
import { foundScenarios } from "../found.ts";
import { invent } from "../invent.ts";
import { run } from "../run.ts";
import type { Scenario } from "../scenario.ts";

/** Plays, and says so if something is wrong. */
async function catches(scenario: Scenario, seed: number): Promise<boolean> {
  const { faults, own } = await run(scenario);
  const [said] = [...faults, ...own];
  if (said !== undefined) console.log(`caught ${seed} ${said.split("\n")[0]}`);
  return said !== undefined;
}

async function probe(first: number, count: number): Promise<void> {
  for (const { scenario } of foundScenarios()) if (await catches(scenario, 0)) return;
  for (let seed = first; seed < first + count; seed++) {
    console.log(`seed ${seed}`);
    if (await catches(invent(seed), seed)) return;
  }
}

const [first, count] = Deno.args.map(Number) as [number, number];
console.log("loaded");
await probe(first, count);
console.log("over");
Deno.exit(0);
