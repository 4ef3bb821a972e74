/**
 * Runs in a copy with a mutant: plays seeds until one fails, and says of each how it went.
 *
 * Arguments: the first seed, and how many. Lines: `loaded`, `seed n` before each run, and `caught n what` at the end.
 *
 * @module
 */
import { invent } from "../invent.ts";
import { run } from "../run.ts";

const [first, count] = Deno.args.map(Number) as [number, number];
console.log("loaded");
for (let seed = first; seed < first + count; seed++) {
  console.log(`seed ${seed}`);
  const { faults, own } = await run(invent(seed));
  const [said] = [...faults, ...own];
  if (said === undefined) continue;
  console.log(`caught ${seed} ${said.split("\n")[0]}`);
  break;
}
console.log("over");
Deno.exit(0);
