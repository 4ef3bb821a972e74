/**
 * Whether the auditor catches what was planted, and after how many seeds.
 *
 * @module
 */
import { FAULTS, type PlantedFault } from "./faults.ts";
import { plant } from "./plant.ts";

const decoder = new TextDecoder();

/**
 * Tries planted faults.
 *
 * @param name Of one; empty: all.
 * @param seeds Seeds that each has at most.
 * @param threads Faults tried side by side.
 * @returns How many were missed.
 */
export async function tryPlanted(name: string, seeds: number, threads: number): Promise<number> {
  const chosen = FAULTS.filter((fault) => name === "" || fault.name.includes(name));
  const left = chosen.values();
  const missed: string[] = [];
  await Promise.all(Array.from({ length: threads }, async () => {
    for (const fault of left) {
      const { runs, first } = await tryOne(fault, seeds);
      if (first === undefined) missed.push(fault.name);
      console.log(`${first === undefined ? "MISSED" : "caught"} in ${runs} seeds: ${fault.name}`);
      if (first !== undefined) console.log(`         ${first.slice(0, 160)}`);
    }
  }));
  console.log(`${chosen.length - missed.length} of ${chosen.length} caught`);
  for (const name of missed) console.log(`missed: ${name}`);
  return missed.length;
}

/** Tries one; `first` is what the auditor said. */
export async function tryOne(
  fault: PlantedFault,
  seeds: number,
): Promise<{ runs: number; first: string | undefined }> {
  const directory = plant(fault);
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        `--config=${directory}/deno.json`,
        `${directory}/simulation/main.ts`,
        ...["--quiet", "--seed=1", `--seeds=${seeds}`, "--threads=1"],
      ],
    }).output();
    const text = decoder.decode(stdout);
    const caught = /^seed \d+ after (\d+) runs: (.*)$/m.exec(text);
    const ran = /^(\d+) runs/m.exec(text);
    if (ran === null) throw new Error(`"${fault.name}": ${decoder.decode(stderr).slice(0, 2_000)}`);
    return { runs: Number(caught?.[1] ?? ran[1]), first: caught?.[2] };
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}
