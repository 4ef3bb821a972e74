/**
 * All rows with all peers.
 *
 * @module
 */
import { resolve, toFileUrl } from "@std/path";
import { startFloor } from "./peers/floor.ts";
import { startMeshPeer } from "./peers/mesh.ts";
import { startNats } from "./peers/nats.ts";
import type { Peer } from "./peers/peer.ts";
import { startServe } from "./peers/serve.ts";
import { type Row, type SkippedRow, sumUp } from "./row.ts";
import { type Sampling, takeInTurn } from "./samples.ts";
import type { Workload } from "./workloads.ts";
import { hasWrk } from "./wrk.ts";

/** What is measured. */
export interface MeasureOptions extends Sampling {
  readonly workloads: readonly Workload[];
  /** Directory of another checkout, to be measured beside this one. */
  readonly other?: string;
  /** Told of each row when it is there. */
  readonly onRow?: (row: Row | SkippedRow) => void;
}

/** What was measured. */
export interface Measured {
  readonly rows: readonly (Row | SkippedRow)[];
  /** Why a peer is missing from all rows, by its name. */
  readonly missing: Readonly<Record<string, string>>;
}

/** Measures. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const { workloads, other, onRow } = options;
  await using stack = new AsyncDisposableStack();
  const peers = [await startMeshPeer(stack)];
  if (other !== undefined) peers.push(await startOther(stack, other));
  peers.push(await startFloor(stack));
  const nats = await startNats(stack);
  if (nats !== undefined) peers.push(nats);
  const wrk = await hasWrk();
  const serve = workloads.some(({ overHttp }) => overHttp && wrk) ? [await startServe(stack)] : [];
  const rows: (Row | SkippedRow)[] = [];
  for (const workload of workloads) {
    const { name, what, overHttp } = workload;
    const everybody = overHttp ? [...peers, ...serve] : peers;
    const row = overHttp && !wrk
      ? { name, what, skipped: "wrk is missing" }
      : sumUp(workload, everybody, await takeInTurn(everybody, workload, options));
    rows.push(row);
    onRow?.(row);
  }
  return {
    rows,
    missing: nats === undefined ? { nats: "nats-server is missing" } : {},
  };
}

/** The checkout in another directory, with the site and the service of this one. */
async function startOther(stack: AsyncDisposableStack, directory: string): Promise<Peer> {
  const testing = new URL("testing.ts", toFileUrl(`${resolve(directory)}/`));
  const { startMesh } = await import(testing.href);
  return await startMeshPeer(stack, "other", startMesh);
}
