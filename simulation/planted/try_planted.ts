/**
 * Whether the auditor catches what was planted, and after how many seeds.
 *
 * @module
 */
import { join } from "@std/path";
import type { PlantedFault } from "./fault.ts";
import { FAULTS, type RoomFault } from "./faults.ts";
import { Bed } from "./plant.ts";
import type { Verdict } from "./until_caught.ts";

const FIRST_SEED = 1;
/** How much of what the auditor said is shown. */
const SAID_SHOWN_CHARS = 110;

const decoder = new TextDecoder();

interface Row extends Verdict {
  readonly fault: RoomFault;
}

/**
 * Tries planted faults, and prints a table of them.
 *
 * @param name Part of the names of those that are tried; empty: all.
 * @param seeds Seeds that each has at most.
 * @param threads Faults tried side by side.
 * @returns How many were missed.
 */
export async function tryPlanted(name: string, seeds: number, threads: number): Promise<number> {
  const chosen = FAULTS.filter((fault) => `${fault.room}: ${fault.name}`.includes(name));
  const left = chosen.values();
  const rows: Row[] = [];
  await Promise.all(Array.from({ length: Math.min(threads, chosen.length) }, async () => {
    using bed = new Bed();
    for (const fault of left) {
      const row = { fault, ...await tryOne(bed, fault, seeds) };
      rows.push(row);
      console.log(`${String(rows.length).padStart(3)} of ${chosen.length}: ${lineOf(row)}`);
    }
  }));
  rows.sort((a, b) => chosen.indexOf(a.fault) - chosen.indexOf(b.fault));
  console.log(tableOf(rows));
  return rows.filter(({ said }) => said === undefined).length;
}

/** Tries one fault, in a copy of the sources. */
export async function tryOne(bed: Bed, fault: PlantedFault, seeds: number): Promise<Verdict> {
  bed.plant(fault);
  const { directory } = bed;
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", `--config=${join(directory, "deno.json")}`],
      join(directory, "simulation/planted/until_caught.ts"),
      ...[String(FIRST_SEED), String(seeds)],
    ],
    // What is made of the copy goes with it.
    env: { DENO_DIR: join(directory, ".deno"), NO_COLOR: "1" },
  }).output();
  if (code === 0) return JSON.parse(decoder.decode(stdout));
  throw new Error(`"${fault.name}": ${decoder.decode(stderr).slice(0, 2_000)}`);
}

function lineOf({ fault, runs, said }: Row): string {
  return said === undefined
    ? `MISSED in ${runs} seeds: ${fault.name}`
    : `caught after ${runs} ${runs === 1 ? "seed" : "seeds"}: ${fault.name}`;
}

/** All faults, after how many seeds each was caught, and what the auditor said. */
function tableOf(rows: readonly Row[]): string {
  const named = Math.max(...rows.map(({ fault }) => fault.name.length));
  const lines = rows.map(({ fault: { name, room, history }, runs, said }) =>
    [
      room.padEnd(8),
      name.padEnd(named),
      history === undefined ? "      " : "was so",
      (said === undefined ? `MISSED ${runs}` : String(runs)).padStart(6),
      (said ?? "").split("\n")[0]!.slice(0, SAID_SHOWN_CHARS),
    ].join("  ").trimEnd()
  );
  const caught = rows.filter(({ said }) => said !== undefined);
  const late = Math.max(0, ...caught.map(({ runs }) => runs));
  return [
    "",
    ...lines,
    "",
    `${caught.length} of ${rows.length} caught, the last one after ${late} seeds`,
  ].join("\n");
}
