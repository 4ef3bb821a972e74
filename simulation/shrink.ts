/**
 * The smallest scenario that still shows a fault: events and calls are left out as long as it comes.
 *
 * After Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE 28(2), 2002.
 *
 * @module
 */
import { type Outcome, run } from "./run.ts";
import type { Scenario } from "./scenario.ts";

/** Runs at most. */
const RUNS_MAX = 120;

/** What a fault says, without its numbers: the same fault in another run. */
export function kindOf(fault: string): string {
  return fault.split("\n")[0]!.replace(/[0-9.]+/g, "#").replace(
    /\b(web|exec|proxy|user|key)-#/g,
    "…",
  );
}

/**
 * Shrinks a scenario.
 *
 * @param outcome A run of it, with faults.
 * @returns A run of a smaller one whose first fault is of the same kind.
 */
export async function shrink(outcome: Outcome): Promise<Outcome> {
  const wanted = kindOf(outcome.faults[0]!);
  let best = outcome;
  let runs = 0;
  const shows = async (scenario: Scenario): Promise<boolean> => {
    if (runs++ >= RUNS_MAX) return false;
    const tried = await run(scenario);
    if (!tried.faults.some((fault) => kindOf(fault) === wanted)) return false;
    best = tried;
    return true;
  };
  await without("faults");
  await without("calls");
  await without("faults");
  return best;

  /** Leaves out runs of items, half of them first. */
  async function without(what: "faults" | "calls"): Promise<void> {
    for (let size = Math.ceil(best.scenario[what].length / 2); size >= 1; size = size >> 1) {
      for (let at = 0; at < best.scenario[what].length;) {
        const items = best.scenario[what];
        const rest = [...items.slice(0, at), ...items.slice(at + size)];
        if (!await shows({ ...best.scenario, [what]: rest })) at += size;
      }
      if (runs >= RUNS_MAX) return;
    }
  }
}
