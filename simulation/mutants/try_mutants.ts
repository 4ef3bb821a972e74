/**
 * `deno task simulate --mutants`: makes mutants, tries each, and tells the score and the survivors.
 *
 * @module
 */
import { describeHost } from "../host.ts";
import { Ground } from "./ground.ts";
import { heartFiles, sourceOf } from "./heart.ts";
import { describe, type Mutant } from "./mutant.ts";
import { mutantsOf } from "./mutate.ts";
import { sampled } from "./sample.ts";
import { scoreOf } from "./score.ts";
import { type Trial, tried } from "./trial.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** What is tried. */
export interface MutantOptions {
  /** Part of a file's name, or of a mutant's description; empty: all. */
  readonly only: string;
  /** How many; `Infinity`: all. */
  readonly sample: number;
  /** Decides which. */
  readonly seed: number;
  /** Seeds that each is tried with. */
  readonly seeds: number;
  readonly threads: number;
  /** Whether the tests beside the file are tried on what the simulation does not show. */
  readonly unitTests: boolean;
  /** A file for the result, written anew after each mutant. */
  readonly out?: string | undefined;
  /** An earlier result: what survived then is tried again, and the result is of both. */
  readonly again?: string | undefined;
  /** An earlier result: nothing of it is tried again, and the result is of both. */
  readonly resume?: string | undefined;
}

/** All mutants of the heart. */
export function allMutants(): Mutant[] {
  return heartFiles().flatMap((file) => mutantsOf(file, sourceOf(file)));
}

/**
 * Tries mutants.
 *
 * @returns How many survived.
 */
export async function tryMutants(options: MutantOptions): Promise<number> {
  const { seeds, unitTests, out } = options;
  const all = allMutants();
  const { before, chosen } = choiceOf(all, options);
  console.log(`${chosen.length} of ${all.length} mutants, ${seeds} seeds each`);
  const known = before.filter(({ mutant }) => !chosen.includes(mutant));
  const trialsWith = (tried: readonly Trial[]) => [...known, ...tried].sort(byPlace);
  const write = (tried: readonly Trial[]) => {
    if (out === undefined) return;
    const result = resultOf(trialsWith(tried), all.length);
    Deno.writeTextFileSync(out, JSON.stringify(result, null, 2) + "\n");
  };
  const trials = trialsWith(await trialsOf(chosen, options, unitTests, write));
  const score = scoreOf(trials);
  console.log(`\nby file: caught by the simulation, by tests beside it, survived, invalid`);
  for (const [file, counts] of Object.entries(score.byFile)) {
    console.log(`${Object.values(counts).map((n) => String(n).padStart(4)).join("")}  ${file}`);
  }
  const survivors = trials.filter(({ verdict }) => verdict === "survived");
  console.log(`\nsurvivors:`);
  for (const { mutant } of survivors) console.log(describe(mutant));
  console.log(
    `\n${score.all.simulation} of ${trials.length - score.all.invalid} caught by the simulation ` +
      `(${score.simulation}), ${score.all["unit tests"]} by tests beside the file alone ` +
      `(${score.together} together), ${survivors.length} survived, ${score.all.invalid} invalid`,
  );
  return survivors.length;
}

/** What was tried before, and what is to be tried now. */
function choiceOf(
  all: readonly Mutant[],
  { only, sample, seed, again, resume }: MutantOptions,
): { readonly before: readonly Trial[]; readonly chosen: readonly Mutant[] } {
  const earlier = again ?? resume;
  const before = earlier === undefined ? [] : trialsIn(earlier, all);
  const fits = (one: Mutant) => describe(one).includes(only);
  if (again !== undefined) {
    const survived = before.filter(({ verdict }) => verdict === "survived");
    return { before, chosen: survived.map(({ mutant }) => mutant).filter(fits) };
  }
  const known = new Set(before.map(({ mutant }) => mutant));
  const chosen = sampled(all.filter(fits), sample, seed).filter((one) => !known.has(one));
  return { before, chosen };
}

function byPlace({ mutant: a }: Trial, { mutant: b }: Trial): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start;
}

/** What a result file holds. */
function resultOf(trials: readonly Trial[], mutants: number): unknown {
  return {
    host: describeHost(),
    mutants,
    tried: trials.length,
    seeds: Math.max(...trials.map(({ seeds }) => seeds)),
    score: scoreOf(trials),
    trials: trials.map(({ mutant, verdict, seeds, why }) => ({
      mutant: describe(mutant),
      verdict,
      seeds,
      why: shortened(why),
    })),
  };
}

/** The trials of an earlier result whose mutants are still the same. */
function trialsIn(path: string, all: readonly Mutant[]): Trial[] {
  const byName = new Map(all.map((one) => [describe(one), one]));
  const { trials } = JSON.parse(Deno.readTextFileSync(path)) as {
    trials: (Omit<Trial, "mutant"> & { mutant: string })[];
  };
  return trials.flatMap(({ mutant: name, ...trial }) => {
    const mutant = byName.get(name);
    return mutant === undefined ? [] : [{ mutant, ...trial }];
  });
}

async function trialsOf(
  mutants: readonly Mutant[],
  { seeds: count, threads }: Pick<MutantOptions, "seeds" | "threads">,
  unitTests: boolean,
  told: (trials: readonly Trial[]) => void,
): Promise<Trial[]> {
  const seeds = { first: 1, count };
  const trials: Trial[] = [];
  const left = mutants.values();
  // Who is told to end leaves nothing behind: no copies, and no mutant that runs for ever.
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const signal of SIGNALS) Deno.addSignalListener(signal, end);
  await Promise.all(Array.from({ length: threads }, async () => {
    using ground = new Ground();
    for (const mutant of left) {
      const trial = await tried(ground, mutant, seeds, unitTests, stop.signal);
      if (stop.signal.aborted) return;
      trials.push(trial);
      told(trials);
      const { verdict, seeds: played, why } = trial;
      const by = verdict === "survived" || verdict === "invalid" ? verdict : `caught by ${verdict}`;
      console.log(`${by} (${played} seeds): ${describe(mutant)}`);
      if (why !== "") console.log(`         ${shortened(why)}`);
    }
  }));
  for (const signal of SIGNALS) Deno.removeSignalListener(signal, end);
  if (stop.signal.aborted) Deno.exit(1);
  return trials;
}

/** Without the directory of the copy, which is another one each time. */
function shortened(why: string): string {
  return why.replaceAll(/file:\/\/\S*?\/mesh-mutant-\w+\//g, "").slice(0, 160);
}
