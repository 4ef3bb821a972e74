/**
 * A failure, for people: the seed, what is wrong, the shrunk scenario, and what happened around it.
 *
 * @module
 */
import { invent } from "./invent.ts";
import { run } from "./run.ts";
import { shrink } from "./shrink.ts";

const FAULTS_SHOWN = 8;
const LINES_SHOWN = 120;

/** A run, for people. */
export interface Report {
  readonly text: string;
  /** Whether nothing was wrong. */
  readonly good: boolean;
}

/** Plays a seed, and describes its failure if it fails. */
export async function report(seed: number, calls?: number): Promise<Report> {
  const outcome = await run(invent(seed, calls));
  if (outcome.faults.length === 0) return { text: `seed ${seed}: nothing is wrong`, good: true };
  const small = await shrink(outcome);
  const { scenario, faults, log } = small;
  const named = new Set(
    faults.flatMap((fault) => /\bcall (\d+)/.exec(fault)?.[1] ?? []).map(Number),
  );
  const lines = log.around(named);
  const text = [
    `seed ${seed}: ${outcome.faults.length} faults`,
    ...outcome.faults.slice(0, FAULTS_SHOWN).map((fault) => `  ${fault}`),
    `shrunk to ${scenario.calls.length} calls and ${scenario.faults.length} disturbances:`,
    ...faults.slice(0, FAULTS_SHOWN).map((fault) => `  ${fault}`),
    ...scenario.faults.map((fault) => `  ${JSON.stringify(fault)}`),
    ...scenario.calls.filter(({ call }) => named.has(call)).map((call) =>
      `  ${JSON.stringify(call)}`
    ),
    `what happened, to these calls and beside them:`,
    ...lines.slice(-LINES_SHOWN).map((line) => `  ${line}`),
    `again: deno task simulate --seed ${seed}`,
    "",
  ].join("\n");
  return { text, good: false };
}
