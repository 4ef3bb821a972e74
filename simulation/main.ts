/**
 * `deno task simulate`: see docs/simulation.md.
 *
 * @module
 */
import { readSimulateArguments, SIMULATE_HELP, type SimulateArguments } from "./arguments.ts";
import { describe } from "./describe.ts";
import { FAULTY, GOOD, MISTAKEN } from "./exit_codes.ts";
import { describe as describeMutant } from "./mutants/mutant.ts";
import { FAULTS } from "./planted/faults.ts";
import { tryPlanted } from "./planted/try_planted.ts";
import { playMany } from "./play_many.ts";

/** Seeds that each planted fault has at most. */
const PLANTED_SEEDS = 2_000;
/** Seeds that each mutant is tried with. */
const MUTANT_SEEDS = 40;

function mistaken(text: string): number {
  console.error(`simulate: ${text}`);
  return MISTAKEN;
}

/** Does what the arguments ask for. Returns the exit code. */
async function simulate(args: SimulateArguments): Promise<number> {
  const threads = args.threads ?? navigator.hardwareConcurrency;
  if (args.planted) {
    if (!FAULTS.some(({ room, name }) => `${room}: ${name}`.includes(args.fault))) {
      return mistaken(`no planted fault has "${args.fault}" in its name`);
    }
    const missed = await tryPlanted({
      name: args.fault,
      seeds: args.seeds ?? PLANTED_SEEDS,
      threads,
      out: args.out,
    });
    return missed === 0 ? GOOD : FAULTY;
  }
  if (args.mutants) {
    // Only here: it brings a compiler with it.
    const { allMutants, tryMutants } = await import("./mutants/try_mutants.ts");
    if (!allMutants().some((one) => describeMutant(one).includes(args.file))) {
      return mistaken(`no mutant has "${args.file}" in its description`);
    }
    const survived = await tryMutants({
      only: args.file,
      sample: args.sample ?? Infinity,
      seed: args.seed[0] ?? 1,
      seeds: args.seeds ?? MUTANT_SEEDS,
      threads,
      unitTests: !args.quick,
      out: args.out,
      again: args.again,
      resume: args.resume,
    });
    return survived === 0 ? GOOD : FAULTY;
  }
  const several = args.seeds !== undefined || args.minutes !== undefined;
  return args.scenario !== undefined || args.seed.length > 0 && !several
    ? describe(args)
    : playMany(args, threads);
}

const args = readSimulateArguments(Deno.args);
if (Array.isArray(args)) {
  for (const fault of args) console.error(`simulate: ${fault}`);
  console.error("deno task simulate --help tells what there is");
  Deno.exit(MISTAKEN);
}
if (args.help) {
  console.log(SIMULATE_HELP);
  Deno.exit(GOOD);
}
Deno.exit(await simulate(args));
