/**
 * `deno task simulate`: runs of many seeds.
 *
 * @module
 */
import { invent } from "./invent.ts";
import { run } from "./run.ts";

const seeds = Number(Deno.args[1] ?? 20);
const from = Number(Deno.args[0] ?? 1);
const t0 = performance.now();
let events = 0;
for (let seed = from; seed < from + seeds; seed++) {
  const outcome = await run(invent(seed));
  events += outcome.events;
  if (outcome.faults.length > 0) {
    console.log(`seed ${seed}: ${outcome.faults.length} faults`);
    for (const fault of outcome.faults.slice(0, 4)) console.log(`   ${fault}`);
  }
  if (Deno.args[2] === "log") console.log(outcome.log.lines().join("\n"));
}
const ms = performance.now() - t0;
console.log(
  `${seeds} seeds in ${ms.toFixed(0)} ms, ${(events / seeds).toFixed(0)} events each, ${
    (seeds / ms * 60_000).toFixed(0)
  } a minute`,
);
