/**
 * The event logs of some seeds, for comparing two machines, or two versions.
 *
 * @module
 */
import { invent } from "./invent.ts";
import { run } from "./run.ts";

/**
 * Plays seeds and writes what happened.
 *
 * @param path The file; what is in it is replaced.
 * @param seeds Each is played once, in this order.
 * @param calls Calls of each run; absent: as usual.
 */
export async function writeLog(path: string, seeds: number[], calls?: number): Promise<void> {
  const lines: string[] = [];
  for (const seed of seeds) {
    const { log } = await run(invent(seed, calls));
    lines.push(`seed ${seed}`, ...log.lines());
  }
  await Deno.writeTextFile(path, `${lines.join("\n")}\n`);
}
