/**
 * A row of the result as a line for people who wait.
 *
 * @module
 */
import type { Ratio } from "./ratio.ts";
import type { Row, SkippedRow } from "./row.ts";

/** Several lines: the figures of each peer, and how mesh compares with it. */
export function describeRow(row: Row | SkippedRow): string {
  if ("skipped" in row) return `${row.name}: ${row.what}\n  skipped: ${row.skipped}`;
  const lines = Object.entries(row.peers).map(([peer, figures]) => {
    const compared = row.meshTo[peer];
    return [
      `  ${peer.padEnd(6)}`,
      `${figures.rate.toLocaleString("en")} ${row.unit}`.padStart(18),
      `${figures.cpuUsPerCall.toLocaleString("en")} µs CPU`.padStart(18),
      `p50 ${figures.p50Us.toLocaleString("en")} µs`.padStart(16),
      compared === undefined
        ? ""
        : `  mesh ÷ ${peer}: rate ${describe(compared.rate)}, CPU ${describe(compared.cpu)}`,
    ].join("").trimEnd();
  });
  return [`${row.name}: ${row.what}`, ...lines].join("\n");
}

/** `0.85 (0.82–0.91)`: the median and its interval. */
export function describe(ratio: Ratio | undefined): string {
  if (ratio === undefined) return "–";
  const [median, from, to] = [ratio.median, ratio.from, ratio.to].map((value) => value.toFixed(2));
  return `${median} (${from}–${to})`;
}
