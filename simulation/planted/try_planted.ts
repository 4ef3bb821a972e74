/**
 * Whether the auditor catches what was planted, and after how many seeds.
 *
 * @module
 */
import { describeHost } from "../host.ts";
import { watched } from "../mutants/watched.ts";
import type { PlantedFault } from "./fault.ts";
import { FAULTS, type RoomFault } from "./faults.ts";
import { Bed } from "./plant.ts";

const FIRST_SEED = 1;
/** How much of what the auditor said is shown. */
const SAID_SHOWN_CHARS = 110;

/** What came of a fault. */
export interface Verdict {
  /** Seeds played; 0: a scenario that was found once showed it. */
  readonly runs: number;
  /** What showed it; absent: nothing in any of them. */
  readonly said?: string;
}

interface Row extends Verdict {
  readonly fault: RoomFault;
}

/** What is tried. */
export interface PlantedOptions {
  /** Part of the names of those that are tried; empty: all. */
  readonly name: string;
  /** Seeds that each has at most. */
  readonly seeds: number;
  /** Faults tried side by side. */
  readonly threads: number;
  /** A file for the result, written anew after each fault. */
  readonly out?: string | undefined;
}

/**
 * Tries planted faults, and prints a table of them.
 *
 * @returns How many were missed.
 */
export async function tryPlanted(options: PlantedOptions): Promise<number> {
  const { name, seeds, threads, out } = options;
  const chosen = FAULTS.filter((fault) => `${fault.room}: ${fault.name}`.includes(name));
  const left = chosen.values();
  const rows: Row[] = [];
  await Promise.all(Array.from({ length: Math.min(threads, chosen.length) }, async () => {
    using bed = new Bed();
    for (const fault of left) {
      const row = { fault, ...await tryOne(bed, fault, seeds) };
      rows.push(row);
      if (out !== undefined) {
        Deno.writeTextFileSync(out, JSON.stringify(resultOf(rows, seeds), null, 2) + "\n");
      }
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
  const { text, success, hung } = await watched([
    ...["run", "-A", "--no-check", `--config=${directory}/deno.json`],
    ...[`${directory}/simulation/mutants/probe.ts`, String(FIRST_SEED), String(seeds)],
  ], directory);
  const runs = text.match(/^seed \d+$/gm)?.length ?? 0;
  const said = /^caught \d+ (.*)$/m.exec(text)?.[1];
  if (said !== undefined) return { runs, said };
  if (/^loaded$/m.test(text) && hung) return { runs, said: "a run that has no end" };
  if (/^loaded$/m.test(text) && !success) return { runs, said: `a run fell: ${errorIn(text)}` };
  if (success) return { runs };
  throw new Error(`"${fault.name}": ${text.slice(0, 2_000)}`);
}

function errorIn(text: string): string {
  return /error: (.*)$/m.exec(text)?.[1] ?? text.trim().split("\n").at(-1)!;
}

function lineOf({ fault, runs, said }: Row): string {
  return said === undefined
    ? `MISSED in ${runs} seeds: ${fault.name}`
    : `caught after ${runs} ${runs === 1 ? "seed" : "seeds"}: ${fault.name}`;
}

/** What a result file holds; `seeds: null`: it was missed. */
function resultOf(unsorted: readonly Row[], atMost: number): unknown {
  const rows = [...unsorted].sort((a, b) => FAULTS.indexOf(a.fault) - FAULTS.indexOf(b.fault));
  const caught = rows.filter(({ said }) => said !== undefined);
  return {
    host: describeHost(),
    faults: rows.length,
    caught: caught.length,
    historical: rows.filter(({ fault }) => fault.history !== undefined).length,
    seedsAtMost: atMost,
    lastCaughtAfter: Math.max(0, ...caught.map(({ runs }) => runs)),
    rows: rows.map(({ fault: { room, name, history }, runs, said }) => ({
      room,
      name,
      ...(history === undefined ? {} : { history }),
      seeds: said === undefined ? null : runs,
      said: (said ?? "").split("\n")[0]!.slice(0, SAID_SHOWN_CHARS),
    })),
  };
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
