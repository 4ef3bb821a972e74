/**
 * The arguments of `deno task simulate`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";

/** What is asked for. */
export interface SimulateArguments {
  readonly help: boolean;
  /** Try planted faults; mutants of the core. */
  readonly planted: boolean;
  readonly mutants: boolean;
  /** Mutants: without the tests beside the file. */
  readonly quick: boolean;
  /** Stop at the first failure, and describe nothing. */
  readonly quiet: boolean;
  /** The first seed, or those that are played one by one. */
  readonly seed: readonly number[];
  readonly seeds: number | undefined;
  readonly minutes: number | undefined;
  readonly calls: number | undefined;
  readonly threads: number | undefined;
  readonly sample: number | undefined;
  /** Part of a planted fault's name. */
  readonly fault: string;
  /** Part of a mutant's description. */
  readonly file: string;
  /** Files for results. */
  readonly out: string | undefined;
  /** An earlier result of mutants, of which the survivors are tried again. */
  readonly again: string | undefined;
  /** An earlier result of mutants, of which nothing is tried again. */
  readonly resume: string | undefined;
  readonly log: string | undefined;
  /** A file with a scenario, to be played instead of seeds. */
  readonly scenario: string | undefined;
  /** A file for the shrunk scenario. */
  readonly save: string | undefined;
}

const NUMBERS = ["seeds", "minutes", "calls", "threads", "sample"] as const;
const TEXTS = ["fault", "file", "out", "again", "resume", "log", "scenario", "save"] as const;
const SWITCHES = ["help", "planted", "mutants", "quick", "quiet"] as const;

/** What `--help` shows. */
export const SIMULATE_HELP = `Usage: deno task simulate [flags]

Plays whole meshes on virtual time, each from a seed, and has them judged. See docs/simulation.md.

  --seeds n       so many seeds (default 700), from a fresh one, which is printed
  --seed s        from this seed on; without --seeds: only this one, described. Can be repeated
  --minutes m     for so long
  --calls n       calls of each run (default 200)
  --threads n     runs side by side (default: one for each core)
  --log file      the event logs of the seeds given with --seed, or of the scenario
  --scenario file play the scenario in this file
  --save file     the shrunk scenario of what fails, to be played again with --scenario
  --planted       try planted faults (--fault text: those with it in room or name; --seeds: at most so many)
  --mutants       try mutants of the core (--file text, --sample n, --seeds n, --quick;
                  --again file: the survivors of that result; --resume file: what is not in that result)
  --out file      the result of --planted or --mutants
  --quiet         stop at the first failure
`;

/**
 * Reads the arguments.
 *
 * @param words The arguments.
 * @returns What is asked for, or every fault, in words.
 */
export function readSimulateArguments(words: string[]): SimulateArguments | string[] {
  const faults: string[] = [];
  const args = parseArgs(words, {
    string: ["seed", ...NUMBERS, ...TEXTS],
    boolean: [...SWITCHES],
    collect: ["seed"],
    unknown: (word) => {
      faults.push(`${word} is not known`);
      return false;
    },
  });
  const numberOf = (name: string, text: string, least: number): number => {
    const number = text.trim() === "" ? NaN : Number(text);
    const whole = name === "minutes" || Number.isSafeInteger(number);
    if (!whole || !(number >= least && number < Infinity)) {
      faults.push(`--${name} is "${text}", and must be a number from ${least} on`);
    }
    return number;
  };
  const optional = (name: (typeof NUMBERS)[number]) => {
    const text = args[name];
    return text === undefined
      ? undefined
      : numberOf(name, String(text), name === "minutes" ? 0 : 1);
  };
  const [seeds, minutes, calls, threads, sample] = NUMBERS.map(optional);
  const [help = false, planted = false, mutants = false, quick = false, quiet = false] = SWITCHES
    .map((name) => args[name] === true);
  const [out, again, resume, log, scenario, save] = [
    ...[args.out, args.again, args.resume],
    ...[args.log, args.scenario, args.save],
  ].map((text) => text === undefined ? undefined : String(text));
  const seed = [args.seed].flat().map((text) => numberOf("seed", String(text), 0));
  const several = seeds !== undefined || minutes !== undefined;
  if (log !== undefined && scenario === undefined && (seed.length === 0 || several)) {
    faults.push("--log needs a --scenario, or the seeds one by one, with --seed");
  }
  if (scenario !== undefined && (seed.length > 0 || several || calls !== undefined)) {
    faults.push("--scenario is played alone, without seeds and calls");
  }
  if (save !== undefined && scenario === undefined && (seed.length !== 1 || several)) {
    faults.push("--save needs a --scenario, or one --seed");
  }
  if (save !== undefined && log !== undefined) faults.push("--save and --log are done one by one");
  const odd = [
    ...(planted ? [] : ["fault"]),
    ...(planted || mutants ? [] : ["out"]),
    ...(mutants ? [] : ["file", "sample", "quick", "again", "resume"]),
    ...(planted || mutants ? ["minutes", "calls", "log", "scenario", "save", "quiet"] : []),
  ].filter((name) => args[name] !== undefined && args[name] !== false);
  if (odd.length > 0) faults.push(`--${odd.join(", --")}: not together with the rest`);
  if (seed.length > 1 && several) faults.push("several --seed are played one by one");
  if (planted && mutants) faults.push("--planted and --mutants are tried one after the other");
  if (again !== undefined && resume !== undefined) faults.push("--again or --resume: one of both");
  if (faults.length > 0) return faults;
  return {
    ...{ help, planted, mutants, quick, quiet, seed },
    ...{ seeds, minutes, calls, threads, sample },
    fault: String(args.fault ?? ""),
    file: String(args.file ?? ""),
    ...{ out, again, resume, log, scenario, save },
  };
}
