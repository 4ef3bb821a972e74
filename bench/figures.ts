/**
 * The table of figures for the documents, made from a result file: it is printed, and put into the README when the
 * file is one of `bench/results`.
 *
 * ```sh
 * deno task figures bench/results/<file>.json
 * ```
 *
 * @module
 */
import { fromFileUrl, relative, resolve } from "@std/path";
import type { Row, SkippedRow } from "./row.ts";
import { describe } from "./table.ts";

/** What the table needs of a result. */
export interface Result {
  readonly rows: readonly (Row | SkippedRow)[];
}

const BEGIN = "<!-- made by `deno task figures` -->";
const END = "<!-- until here -->";
const COLUMNS: Readonly<Record<string, string>> = {
  mesh: "mesh",
  floor: "two relays",
  nats: "NATS",
};

const RELAYS =
  "The two relays pass frames on over raw TCP, from a requester to a service in Deno, and have no features at " +
  "all: that is the floor. A ratio is the median of those within each turn, with its interval. ";

/**
 * The README with the figures of a result file.
 *
 * @param readme Its text.
 * @param path The result file, relative to the README.
 * @param result What is in that file.
 * @throws When the README does not say where the figures go.
 */
export function withFigures(readme: string, path: string, result: Result): string {
  const [before, old, after] = parts(readme);
  if (before === undefined || old === undefined || after === undefined) {
    throw new Error(`the README has no place for figures, from ${BEGIN} to ${END}`);
  }
  const compared = result.rows.some((row) => !("skipped" in row) && "floor" in row.peers);
  const words = `${compared ? RELAYS : ""}Machine and details are in [${path}](${path}).`;
  return [before, BEGIN, `\n\n${words}\n\n${figuresTable(result)}\n\n`, END, after].join("");
}

function parts(readme: string): string[] {
  return readme.split(BEGIN).flatMap((text) => text.split(END));
}

/** The table: a line for each row of the result, and columns for the peers that it has. */
export function figuresTable({ rows }: Result): string {
  const measured = rows.filter((row): row is Row => !("skipped" in row));
  const peers = Object.keys(COLUMNS).filter((peer) => measured.some((row) => peer in row.peers));
  const ratios = Object.keys(COLUMNS).filter((peer) => measured.some((row) => peer in row.meshTo));
  const cells = [
    [
      "",
      ...peers.flatMap((peer) => [COLUMNS[peer]!, ...(peer === "mesh" ? ["median"] : []), "CPU"]),
      ...ratios.map(header),
    ],
    ...measured.map((row) => [
      row.what,
      ...peers.flatMap((peer) => figureCells(row, peer)),
      ...ratios.map((peer) => describe(row.meshTo[peer]?.rate)),
    ]),
  ];
  cells.splice(1, 0, cells[0]!.map(() => "---"));
  return cells.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function header(peer: string): string {
  return `mesh ÷ ${COLUMNS[peer]}`;
}

function figureCells({ unit, peers }: Row, peer: string): string[] {
  const figures = peers[peer];
  const rate = figures === undefined
    ? "–"
    : `${Math.round(figures.rate).toLocaleString("en")}${unit === "MB/s" ? " MB/s" : "/s"}`;
  const median = figures === undefined ? "–" : microseconds(figures.p50Us, 0);
  const cpu = figures === undefined ? "–" : microseconds(figures.cpuUsPerCall, 1);
  return peer === "mesh" ? [rate, median, cpu] : [rate, cpu];
}

function microseconds(us: number, digits: number): string {
  return us < 10_000
    ? `${
      us.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    } µs`
    : `${(us / 1_000).toFixed(1)} ms`;
}

if (import.meta.main) {
  const [file] = Deno.args;
  if (file === undefined) {
    console.error("name the result file: deno task figures bench/results/<file>.json");
    Deno.exit(2);
  }
  const root = fromFileUrl(new URL("..", import.meta.url));
  const path = relative(root, resolve(file));
  const result: Result = JSON.parse(Deno.readTextFileSync(file));
  console.log(figuresTable(result));
  if (path.startsWith("bench/results/")) {
    const readme = `${root}README.md`;
    Deno.writeTextFileSync(readme, withFigures(Deno.readTextFileSync(readme), path, result));
    await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", readme] }).output();
  }
}
