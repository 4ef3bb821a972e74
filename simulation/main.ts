/**
 * `deno task simulate`: see docs/simulation.md.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { campaign } from "./campaign.ts";
import { tryPlanted } from "./planted/try_planted.ts";
import { report } from "./report.ts";

const SEEDS = 700;
/** Failures that are described; the others are counted. */
const REPORTS_MAX = 3;

const args = parseArgs(Deno.args, {
  string: ["seeds", "seed", "minutes", "calls", "threads", "fault", "file", "sample", "out"],
  boolean: ["planted", "mutants", "quick", "quiet"],
});
const { seeds, seed, minutes, planted, mutants, quiet } = args;
const calls = args.calls === undefined ? undefined : Number(args.calls);

function* numbers(from: number, count: number, untilMs: number): Generator<number> {
  for (let i = 0; i < count && performance.now() < untilMs; i++) yield from + i;
}

const threads = Number(args.threads ?? navigator.hardwareConcurrency);
if (planted) {
  const missed = await tryPlanted(String(args.fault ?? ""), Number(seeds ?? 2_000), threads);
  Deno.exit(missed === 0 ? 0 : 1);
} else if (mutants) {
  // Only here: it brings a compiler with it.
  const { tryMutants } = await import("./mutants/try_mutants.ts");
  const survived = await tryMutants({
    only: String(args.file ?? ""),
    sample: Number(args.sample ?? Infinity),
    seed: Number(seed ?? 1),
    seeds: Number(seeds ?? 40),
    threads,
    unitTests: !args.quick,
    out: args.out === undefined ? undefined : String(args.out),
  });
  Deno.exit(survived === 0 ? 0 : 1);
} else if (seed !== undefined && seeds === undefined) {
  const text = await report(Number(seed), calls);
  console.log(text);
  Deno.exit(/nothing is wrong/.test(text) ? 0 : 1);
} else {
  const first = Number(seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const untilMs = performance.now() + (minutes === undefined ? Infinity : Number(minutes) * 60_000);
  const count = Number(seeds ?? (minutes === undefined ? SEEDS : Infinity));
  const failed: number[] = [];
  let [runs, events] = [0, 0];
  const beganMs = performance.now();
  if (!quiet) console.log(`seeds from ${first}`);
  await campaign({
    seeds: numbers(first, count, untilMs),
    calls,
    threads,
    done: (result) => {
      runs++;
      events += result.events;
      if (result.faults.length > 0) {
        failed.push(result.seed);
        console.log(`seed ${result.seed} after ${runs} runs: ${result.faults[0]}`);
      } else if (runs % 100 === 0 && !quiet) console.log(`${runs} runs, ${failed.length} failed`);
      return !quiet || failed.length === 0;
    },
  });
  const minutesTaken = (performance.now() - beganMs) / 60_000;
  console.log(
    `${runs} runs, ${failed.length} failed; ${Math.round(runs / minutesTaken)} a minute, ` +
      `${Math.round(events / Math.max(runs, 1))} events each`,
  );
  if (!quiet) {
    for (const seed of failed.slice(0, REPORTS_MAX)) console.log(await report(seed, calls));
  }
  Deno.exit(failed.length === 0 ? 0 : 1);
}
