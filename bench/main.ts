/**
 * `deno task bench`: mesh, the floor and NATS do the same work in turn, on the same machine.
 *
 * ```sh
 * deno task bench [--rows text] [--pairs n] [--seconds n] [--with directory] [--million n] [--out file]
 * ```
 *
 * Without the first four, the result becomes a file in `bench/results`; otherwise it is a try, which is printed
 * and written where `--out` says.
 *
 * - `--rows bytes`: only rows with this in their name.
 * - `--pairs`: samples of each peer in each row; `--seconds`: length of each.
 * - `--with`: another checkout is measured, too; the last line names the rows in which this one is slower.
 * - `--million n`: then n million calls to a fresh mesh, for its memory.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl } from "@std/path";
import { describeHost } from "../simulation/host.ts";
import { measure } from "./measure.ts";
import { measureMemory } from "./memory.ts";
import { slowerThan } from "./row.ts";
import { describeRow } from "./table.ts";
import { WORKLOADS } from "./workloads.ts";

const PAIRS = 10;
const SECONDS = 1.5;

interface Flags {
  readonly rows?: string;
  readonly pairs?: string;
  readonly seconds?: string;
  readonly with?: string;
  readonly million?: string;
  readonly out?: string;
}

async function main(flags: Flags): Promise<void> {
  const workloads = WORKLOADS.filter(({ name }) => name.includes(flags.rows ?? ""));
  if (workloads.length === 0) {
    refuse(`--rows ${flags.rows}: the rows are ${WORKLOADS.map(({ name }) => name).join(", ")}`);
  }
  const pairs = Math.ceil(positive("pairs", flags.pairs ?? PAIRS));
  const seconds = positive("seconds", flags.seconds ?? SECONDS);
  const millions = flags.million === undefined ? 0 : positive("million", flags.million);
  const host = describeHost();
  const measured = await measure({
    workloads,
    pairs,
    end: { ms: seconds * 1_000 },
    warm: true,
    ...(flags.with === undefined ? {} : { other: flags.with }),
    onRow: (row) => console.log(describeRow(row)),
  });
  const result = {
    what: "medians of loops that peers ran in turn; ratios within each turn, " +
      "with the interval of their median",
    host,
    pairs,
    secondsPerLoop: seconds,
    ...measured,
    ...(millions === 0 ? {} : { afterMillionCalls: millions, ...await measureMemory(millions) }),
  };
  if (flags.with !== undefined) {
    const slower = slowerThan("other", measured.rows);
    console.log(slower.length === 0 ? "slower in no row" : `slower in ${slower.join(", ")}`);
  }
  const out = flags.out ?? (isTry(flags) ? undefined : resultPath(String(host.date)));
  if (out === undefined) return;
  Deno.writeTextFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`written to ${out}`);
}

function isTry({ rows, pairs, seconds, with: other }: Flags): boolean {
  return [rows, pairs, seconds, other].some((flag) => flag !== undefined);
}

function resultPath(date: string): string {
  return fromFileUrl(new URL(`./results/${date.slice(0, 10)}-calls.json`, import.meta.url));
}

function positive(flag: string, value: string | number): number {
  const number = Number(value);
  if (!(number > 0)) refuse(`--${flag} must be a number above 0, and not ${value}`);
  return number;
}

function refuse(why: string): never {
  console.error(why);
  Deno.exit(2);
}

if (import.meta.main) {
  const flags = parseArgs(Deno.args, {
    string: ["rows", "pairs", "seconds", "with", "million", "out"],
    unknown: (flag) => refuse(`unknown: ${flag}`),
  });
  await main(flags as Flags);
  Deno.exit(0);
}
