/**
 * How many mutants were caught, by file and by what was done.
 *
 * @module
 */
import type { Trial, Verdict } from "./trial.ts";

/** Mutants by what became of them. */
export type Counts = Record<Verdict, number>;

/** The whole of it. */
export interface Score {
  readonly all: Counts;
  /** Caught by the simulation alone, of all that can be loaded; with the tests beside the file, too. */
  readonly simulation: string;
  readonly together: string;
  readonly byKind: Readonly<Record<string, Counts>>;
  readonly byFile: Readonly<Record<string, Counts>>;
}

/** Counts trials. */
export function scoreOf(trials: readonly Trial[]): Score {
  const all = countsOf(trials);
  const valid = all.simulation + all["unit tests"] + all.survived;
  const share = (count: number) => `${(100 * count / Math.max(valid, 1)).toFixed(1)} %`;
  const by = (key: (trial: Trial) => string) =>
    Object.fromEntries(
      [...Map.groupBy(trials, key)].sort(([a], [b]) => a < b ? -1 : 1)
        .map(([name, of]) => [name, countsOf(of)]),
    );
  return {
    all,
    simulation: share(all.simulation),
    together: share(all.simulation + all["unit tests"]),
    byKind: by(({ mutant }) => mutant.kind),
    byFile: by(({ mutant }) => mutant.file),
  };
}

function countsOf(trials: readonly Trial[]): Counts {
  const counts: Counts = { simulation: 0, "unit tests": 0, survived: 0, invalid: 0 };
  for (const { verdict } of trials) counts[verdict]++;
  return counts;
}
