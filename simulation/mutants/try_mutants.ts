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
import { type Seeds, type Trial, tried } from "./trial.ts";

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
  /** A file for the result. */
  readonly out?: string | undefined;
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
  const { only, sample, seed, seeds, threads, unitTests, out } = options;
  const all = allMutants();
  const chosen = sampled(all.filter((one) => describe(one).includes(only)), sample, seed);
  console.log(`${chosen.length} of ${all.length} mutants, ${seeds} seeds each`);
  const trials = await trialsOf(chosen, { first: 1, count: seeds }, threads, unitTests);
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
  if (out !== undefined) {
    const result = {
      host: describeHost(),
      mutants: all.length,
      options: { only, sample: chosen.length, seed, seeds, unitTests },
      score,
      trials: trials.map(({ mutant, verdict, seeds, why }) => ({
        mutant: describe(mutant),
        verdict,
        seeds,
        why: shortened(why),
      })),
    };
    Deno.writeTextFileSync(out, JSON.stringify(result, null, 2) + "\n");
  }
  return survivors.length;
}

async function trialsOf(
  mutants: readonly Mutant[],
  seeds: Seeds,
  threads: number,
  unitTests: boolean,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  const left = mutants.entries();
  await Promise.all(Array.from({ length: threads }, async () => {
    using ground = new Ground();
    for (const [index, mutant] of left) {
      const trial = trials[index] = await tried(ground, mutant, seeds, unitTests);
      const { verdict, seeds: played, why } = trial;
      const by = verdict === "survived" || verdict === "invalid" ? verdict : `caught by ${verdict}`;
      console.log(`${by} (${played} seeds): ${describe(mutant)}`);
      if (why !== "") console.log(`         ${shortened(why)}`);
    }
  }));
  return trials;
}

/** Without the directory of the copy, which is another one each time. */
function shortened(why: string): string {
  return why.replaceAll(/file:\/\/\S*?\/mesh-mutant-\w+\//g, "").slice(0, 160);
}
