/**
 * What one mutant comes to.
 *
 * @module
 */
import type { Ground } from "./ground.ts";
import type { Mutant } from "./mutant.ts";
import { watched } from "./watched.ts";

/** V8 of a mutant that gathers without end falls early. */
const HEAP_MIB = 800;

/**
 * How a mutant ended:
 *
 * - `simulation`: the simulation shows it, by a fault of the auditor, a crash or a loop without end.
 * - `unit tests`: the simulation does not, but a test beside its file does.
 * - `survived`: neither does.
 * - `invalid`: it cannot even be loaded.
 */
export type Verdict = "simulation" | "unit tests" | "survived" | "invalid";

/** What is known of a mutant. */
export interface Trial {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  /** Seeds played. */
  readonly seeds: number;
  /** What showed it. */
  readonly why: string;
}

/** Which seeds are played. */
export interface Seeds {
  readonly first: number;
  readonly count: number;
}

/** Tries a mutant: by the simulation, and, if that does not show it, by the tests beside its file. */
export async function tried(
  ground: Ground,
  mutant: Mutant,
  seeds: Seeds,
  byTests: boolean,
  stop?: AbortSignal,
): Promise<Trial> {
  ground.put(mutant);
  const { verdict, seeds: played, why } = await bySimulation(ground, seeds, stop);
  if (verdict !== "survived" || !byTests) return { mutant, verdict, seeds: played, why };
  const failed = await byUnitTests(ground, mutant.file, stop);
  return failed === undefined
    ? { mutant, verdict, seeds: played, why }
    : { mutant, verdict: "unit tests", seeds: played, why: failed };
}

async function bySimulation(
  { directory }: Ground,
  { first, count }: Seeds,
  stop: AbortSignal | undefined,
): Promise<Omit<Trial, "mutant">> {
  const { text, success, hung } = await watched(
    [
      ...["run", "-A", "--no-check", `--v8-flags=--max-old-space-size=${HEAP_MIB}`],
      ...[`--config=${directory}/deno.json`, `${directory}/simulation/mutants/probe.ts`],
      ...[String(first), String(count)],
    ],
    directory,
    stop,
  );
  const last = [...text.matchAll(/^seed (\d+)$/gm)].at(-1)?.[1];
  const seeds = last === undefined ? 0 : Number(last) - first + 1;
  const caught = /^caught \d+ (.*)$/m.exec(text)?.[1];
  if (caught !== undefined) return { verdict: "simulation", seeds, why: caught };
  if (hung) return { verdict: "simulation", seeds, why: "it runs on for ever" };
  if (!/^loaded$/m.test(text)) return { verdict: "invalid", seeds, why: firstError(text) };
  if (!success || !/^over$/m.test(text)) {
    return { verdict: "simulation", seeds, why: `the run fell: ${firstError(text)}` };
  }
  return { verdict: "survived", seeds, why: "" };
}

/** Which test fails; `undefined`: none. */
async function byUnitTests(
  ground: Ground,
  file: string,
  stop: AbortSignal | undefined,
): Promise<string | undefined> {
  const { directory } = ground;
  const tests = ground.testsOf(file);
  if (tests.length === 0) return undefined;
  const { text, success, hung } = await watched(
    ["test", "-A", "--no-check", "--fail-fast", `--config=${directory}/deno.json`, ...tests],
    directory,
    stop,
  );
  if (success) return undefined;
  if (hung) return "its tests run on for ever";
  return /^(.*) \.\.\. FAILED/m.exec(text)?.[1] ?? firstError(text);
}

function firstError(text: string): string {
  return (/^(?:\s*error: )(.*)$/m.exec(text)?.[1] ?? text.trim().split("\n").at(-1) ?? "")
    .slice(0, 200);
}
