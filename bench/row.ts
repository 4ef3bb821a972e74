/**
 * A row of the result: medians of each peer, and how mesh compares with the others.
 *
 * @module
 */
import type { Peer } from "./peers/peer.ts";
import { medianRatio, type Ratio } from "./ratio.ts";
import type { Sample } from "./samples.ts";
import type { Workload } from "./workloads.ts";

/** Medians over the rounds. */
export interface PeerFigures {
  /** In the row's unit. */
  readonly rate: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** CPU per call over all processes, and of each of them. */
  readonly cpuUsPerCall: number;
  readonly cpuUsPerCallOf: Readonly<Record<string, number>>;
}

/** mesh ÷ another peer. */
export interface Comparison {
  /** Above 1, mesh is faster. */
  readonly rate: Ratio;
  /** Below 1, mesh is quicker; absent where loops were too short to tell. */
  readonly p50?: Ratio;
  /** Below 1, mesh is cheaper; absent where loops were too short to tell. */
  readonly cpu?: Ratio;
}

/** One row. */
export interface Row {
  readonly name: string;
  readonly what: string;
  readonly unit: Workload["unit"];
  readonly peers: Readonly<Record<string, PeerFigures>>;
  /** mesh ÷ each of the others, by name. */
  readonly meshTo: Readonly<Record<string, Comparison>>;
}

/** A row that could not be measured. */
export interface SkippedRow {
  readonly name: string;
  readonly what: string;
  /** Why. */
  readonly skipped: string;
}

/**
 * Sums up samples.
 *
 * @param workload What was done.
 * @param peers By whom, mesh first.
 * @param samples As {@linkcode takeInTurn} took them.
 */
export function sumUp(
  workload: Workload,
  peers: readonly Peer[],
  samples: readonly (readonly Sample[])[],
): Row {
  const { name, what, unit } = workload;
  const [mine = []] = samples;
  return {
    name,
    what,
    unit,
    peers: Object.fromEntries(peers.map((peer, i) => [peer.name, figuresOf(peer, samples[i]!)])),
    meshTo: Object.fromEntries(
      peers.slice(1).map((peer, i) => [peer.name, compare(mine, samples[i + 1]!)]),
    ),
  };
}

/** Names of the rows in which mesh is slower than a peer: the whole interval of their ratio lies below 1. */
export function slowerThan(peer: string, rows: readonly (Row | SkippedRow)[]): string[] {
  return rows.flatMap((row) => {
    const compared = "skipped" in row ? undefined : row.meshTo[peer];
    return compared !== undefined && compared.rate.to < 1 ? [row.name] : [];
  });
}

function figuresOf(peer: Peer, samples: readonly Sample[]): PeerFigures {
  const medianOf = (figure: (sample: Sample) => number) => rounded(median(samples.map(figure)));
  return {
    rate: medianOf(({ rate }) => rate),
    p50Us: medianOf(({ p50Us }) => p50Us),
    p99Us: medianOf(({ p99Us }) => p99Us),
    cpuUsPerCall: medianOf(total),
    cpuUsPerCallOf: Object.fromEntries(
      peer.processes.map(({ role }, i) => [role, medianOf(({ cpuUs }) => cpuUs[i]!)]),
    ),
  };
}

function compare(mine: readonly Sample[], theirs: readonly Sample[]): Comparison {
  const ratio = (figure: (sample: Sample) => number): Ratio | undefined => {
    const [a, b] = [mine.map(figure), theirs.map(figure)];
    return [...a, ...b].every((value) => value > 0) ? medianRatio(a, b) : undefined;
  };
  const p50 = ratio(({ p50Us }) => p50Us);
  const cpu = ratio(total);
  return {
    rate: medianRatio(mine.map(({ rate }) => rate), theirs.map(({ rate }) => rate)),
    ...(p50 === undefined ? {} : { p50 }),
    ...(cpu === undefined ? {} : { cpu }),
  };
}

function total({ cpuUs }: Sample): number {
  return cpuUs.reduce((sum, us) => sum + us, 0);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** Four digits are more than a measurement knows. */
function rounded(value: number): number {
  return value >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));
}
