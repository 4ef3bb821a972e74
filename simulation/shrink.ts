/**
 * The smallest scenario that still shows a fault: parts are left out and made simpler as long as it comes.
 *
 * After Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE 28(2), 2002.
 *
 * @module
 */
import { realNow } from "./reality.ts";
import { type Outcome, run } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { simplerCalls, simplerScenarios, withoutServer } from "./simpler.ts";

/** Runs at most, and how long they may take in ms of the real clock. */
const RUNS_MAX = 600;
const TAKES_MAX_MS = 60_000;
/** A scenario that a pass makes no smaller is not looked at again; there are so many passes at most. */
const PASSES_MAX = 3;

/** What a fault says, without its numbers: the same fault in another run. */
export function kindOf(fault: string): string {
  return fault.split("\n")[0]!.replace(/[0-9.]+/g, "#").replace(
    /\b(web|exec|proxy|user|key)-#/g,
    "…",
  );
}

/** What plays a scenario; another one in tests. */
export type PlayOnce = (scenario: Scenario) => Promise<Outcome>;

/**
 * Shrinks a scenario.
 *
 * @param outcome A run of it, with faults.
 * @param play What plays it again.
 * @returns A run of a smaller one with a fault of the same kind as the first.
 */
export async function shrink(outcome: Outcome, play: PlayOnce = run): Promise<Outcome> {
  const wanted = kindOf(outcome.faults[0]!);
  const untilMs = realNow() + TAKES_MAX_MS;
  let best = outcome;
  let runs = 0;
  const over = () => runs >= RUNS_MAX || realNow() > untilMs;
  const shows = async (scenario: Scenario): Promise<boolean> => {
    if (over()) return false;
    runs++;
    const tried = await play(scenario);
    if (tried.own.length > 0 || !tried.faults.some((fault) => kindOf(fault) === wanted)) {
      return false;
    }
    best = tried;
    return true;
  };
  await onlyNamedCalls();
  for (let pass = 0; pass < PASSES_MAX && !over(); pass++) {
    const before = best.scenario;
    await without("faults");
    await without("calls");
    await withoutServers();
    await simpler();
    if (best.scenario === before) break;
  }
  return best;

  /** Often the calls that the faults name are enough. */
  async function onlyNamedCalls(): Promise<void> {
    const named = new Set(best.faults.flatMap((text) => /\bcall (\d+)/.exec(text)?.[1] ?? []));
    const calls = best.scenario.calls.filter(({ call }) => named.has(String(call)));
    if (calls.length > 0) await shows({ ...best.scenario, calls });
  }

  /** Leaves out runs of items: all of them first, then halves, and so on. */
  async function without(what: "faults" | "calls"): Promise<void> {
    for (let size = best.scenario[what].length; size >= 1 && !over(); size >>= 1) {
      for (let at = 0; at < best.scenario[what].length;) {
        const items = best.scenario[what];
        const rest = [...items.slice(0, at), ...items.slice(at + size)];
        if (!await shows({ ...best.scenario, [what]: rest })) at += size;
      }
    }
  }

  async function withoutServers(): Promise<void> {
    for (const { name } of best.scenario.servers) {
      const smaller = withoutServer(best.scenario, name);
      if (smaller !== undefined) await shows(smaller);
    }
  }

  /** Sizes and times, of all calls at once and then of each, and what else there is. */
  async function simpler(): Promise<void> {
    for (const change of simplerScenarios) {
      for (const smaller of change(best.scenario)) if (await shows(smaller)) break;
    }
    for (const change of simplerCalls) {
      const calls = best.scenario.calls.map((call) => ({ ...call, ...change(call) }));
      if (!differ(calls, best.scenario.calls)) continue;
      if (await shows({ ...best.scenario, calls })) continue;
      for (let at = 0; at < best.scenario.calls.length && !over(); at++) {
        const old = best.scenario.calls;
        const one = { ...old[at]!, ...change(old[at]!) };
        if (differ(one, old[at])) await shows({ ...best.scenario, calls: old.with(at, one) });
      }
    }
  }
}

function differ(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}
