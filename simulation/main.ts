/**
 * `deno task simulate`: see docs/simulation.md.
 *
 * @module
 */
import { readSimulateArguments, SIMULATE_HELP, type SimulateArguments } from "./arguments.ts";
import { campaign } from "./campaign.ts";
import { describe as describeMutant } from "./mutants/mutant.ts";
import { FAULTS } from "./planted/faults.ts";
import { tryPlanted } from "./planted/try_planted.ts";
import { report } from "./report.ts";
import { writeLog } from "./write_log.ts";

const SEEDS = 700;
/** Seeds that each planted fault has at most. */
const PLANTED_SEEDS = 2_000;
/** Seeds that each mutant is tried with. */
const MUTANT_SEEDS = 40;
/** Failures that are described; the others are counted. */
const REPORTS_MAX = 3;

function* numbers(from: number, count: number, untilMs: number): Generator<number> {
  for (let i = 0; i < count && performance.now() < untilMs; i++) yield from + i;
}

/** Plays many seeds. Returns how many failed. */
async function playMany(args: SimulateArguments, threads: number): Promise<number> {
  const { minutes, calls, quiet } = args;
  const first = args.seed[0] ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  const untilMs = performance.now() + (minutes === undefined ? Infinity : minutes * 60_000);
  const count = args.seeds ?? (minutes === undefined ? SEEDS : Infinity);
  const failed: number[] = [];
  let [runs, events] = [0, 0];
  const beganMs = performance.now();
  const sumUp = () => {
    const minutesTaken = (performance.now() - beganMs) / 60_000;
    console.log(
      `${runs} runs, ${failed.length} failed; ${Math.round(runs / minutesTaken)} a minute, ` +
        `${Math.round(events / Math.max(runs, 1))} events each`,
    );
  };
  Deno.addSignalListener("SIGINT", () => {
    sumUp();
    Deno.exit(failed.length === 0 ? 0 : 1);
  });
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
  sumUp();
  if (!quiet) {
    for (const seed of failed.slice(0, REPORTS_MAX)) console.log((await report(seed, calls)).text);
  }
  return failed.length;
}

/** Plays seeds one by one, and describes each. Returns how many failed. */
async function describe({ seed, calls }: SimulateArguments): Promise<number> {
  let failed = 0;
  for (const one of seed) {
    const { text, good } = await report(one, calls);
    console.log(text);
    if (!good) failed++;
  }
  return failed;
}

/** What cannot be done as it was asked for. */
class Refused extends Error {}

async function simulate(args: SimulateArguments): Promise<number> {
  const threads = args.threads ?? navigator.hardwareConcurrency;
  if (args.planted && !FAULTS.some(({ name }) => name.includes(args.fault))) {
    throw new Refused(`no planted fault has "${args.fault}" in its name`);
  }
  if (args.planted) return tryPlanted(args.fault, args.seeds ?? PLANTED_SEEDS, threads);
  if (args.mutants) {
    // Only here: it brings a compiler with it.
    const { allMutants, tryMutants } = await import("./mutants/try_mutants.ts");
    if (!allMutants().some((one) => describeMutant(one).includes(args.file))) {
      throw new Refused(`no mutant has "${args.file}" in its description`);
    }
    return tryMutants({
      only: args.file,
      sample: args.sample ?? Infinity,
      seed: args.seed[0] ?? 1,
      seeds: args.seeds ?? MUTANT_SEEDS,
      threads,
      unitTests: !args.quick,
      out: args.out,
    });
  }
  if (args.log !== undefined) {
    try {
      await writeLog(args.log, [...args.seed], args.calls);
    } catch (error) {
      throw error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied
        ? new Refused(`cannot write ${args.log}: ${error.message}`)
        : error;
    }
    return 0;
  }
  return args.seed.length > 0 && args.seeds === undefined && args.minutes === undefined
    ? describe(args)
    : playMany(args, threads);
}

const args = readSimulateArguments(Deno.args);
if (Array.isArray(args)) {
  for (const fault of args) console.error(`simulate: ${fault}`);
  console.error("deno task simulate --help tells what there is");
  Deno.exit(2);
}
if (args.help) {
  console.log(SIMULATE_HELP);
  Deno.exit(0);
}
try {
  Deno.exit(await simulate(args) === 0 ? 0 : 1);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(`simulate: ${error.message}`);
  Deno.exit(2);
}
