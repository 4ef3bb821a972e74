/**
 * Some of many mutants: of each file as large a share as of all, and of each at least one.
 *
 * @module
 */
import { Dice } from "../dice.ts";
import type { Mutant } from "./mutant.ts";

/**
 * Draws a sample.
 *
 * @param all All mutants.
 * @param count How many; all, if there are no more.
 * @param seed Decides which.
 */
export function sampled(all: readonly Mutant[], count: number, seed: number): Mutant[] {
  const ranked = [...Map.groupBy(all, ({ file }) => file)].flatMap(([file, of]) => {
    const dice = new Dice(seed, file);
    const drawn = of.map((mutant) => ({ mutant, lot: dice.real() })).sort((a, b) => a.lot - b.lot);
    return drawn.map(({ mutant }, i) => ({ mutant, rank: i === 0 ? -1 : (i + 0.5) / of.length }));
  });
  return ranked.sort((a, b) => a.rank - b.rank).slice(0, count).map(({ mutant }) => mutant)
    .sort((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start);
}
