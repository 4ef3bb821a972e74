/**
 * Single seeds, or a scenario in a file: each is described, or its event log is written.
 *
 * @module
 */
import type { SimulateArguments } from "./arguments.ts";
import { exitCodeOf, MISTAKEN } from "./exit_codes.ts";
import type { PlayRequest, PlayResult } from "./play_thread.ts";
import { Player } from "./player.ts";
import { keptText, readKept } from "./scenario_file.ts";

/** Plays what the arguments name, one after the other. Returns the exit code. */
export async function describe(args: SimulateArguments): Promise<number> {
  const { log, save } = args;
  let plays: [string, PlayRequest["what"]][];
  try {
    plays = playsOf(args);
  } catch (error) {
    console.error(`simulate: ${args.scenario}: ${(error as Error).message}`);
    return MISTAKEN;
  }
  using player = new Player();
  const results: PlayResult[] = [];
  const logs: string[] = [];
  for (const [name, what] of plays) {
    const result = await player.play({ what, want: log === undefined ? "report" : "log" });
    results.push(result);
    if (log === undefined) console.log(`${name}: ${result.text ?? textOf(result)}\n`);
    else logs.push(`${name}\n${result.text ?? textOf(result)}\n`);
    if (save === undefined || result.scenario === undefined) continue;
    const about = result.faults[0]!.split("\n")[0]!;
    if (write(save, keptText({ about, scenario: result.scenario })) === undefined) return MISTAKEN;
    console.log(`again: deno task simulate --scenario ${save}`);
  }
  if (log !== undefined && write(log, logs.join("")) === undefined) return MISTAKEN;
  return exitCodeOf(results);
}

function playsOf({ seed, calls, scenario }: SimulateArguments): [string, PlayRequest["what"]][] {
  if (scenario !== undefined) {
    return [[scenario, readKept(Deno.readTextFileSync(scenario)).scenario]];
  }
  return seed.map((seed) => [`seed ${seed}`, { seed, calls }]);
}

function textOf({ own, faults }: PlayResult): string {
  return [...own, ...faults].join("\n  ");
}

function write(path: string, text: string): true | undefined {
  try {
    Deno.writeTextFileSync(path, text);
    return true;
  } catch (error) {
    console.error(`simulate: cannot write ${path}: ${(error as Error).message}`);
    return undefined;
  }
}
