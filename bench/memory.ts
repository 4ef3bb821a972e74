/**
 * What mesh takes after millions of calls: memory, and CPU while nothing is asked of it.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { startMeshPeer } from "./peers/mesh.ts";
import { cpuUs, residentMiB } from "./processes.ts";
import { runLoop } from "./samples.ts";
import { WORKLOADS } from "./workloads.ts";

const MILLION = 1_000_000;
const IDLE_MS = 10_000;

/** Memory and idle CPU. */
export interface Memory {
  /** Resident memory in MiB, by process. */
  readonly memoryMiB: Readonly<Record<string, number>>;
  /** CPU of all processes together while idle, in % of a core. */
  readonly idleCorePercent: number;
}

/**
 * Starts a mesh that has done nothing else, makes calls, and looks.
 *
 * @param millions How many million calls.
 */
export async function measureMemory(millions: number): Promise<Memory> {
  await using stack = new AsyncDisposableStack();
  const mesh = await startMeshPeer(stack);
  const workload = WORKLOADS.find(({ name }) => name === "bytes-64")!;
  // In pieces of a million: a request to the site lasts seconds, not minutes.
  for (let left = millions; left > 0; left--) {
    await runLoop(mesh, workload, { calls: MILLION * Math.min(left, 1) });
  }
  const memoryMiB = Object.fromEntries(
    mesh.processes.map(({ role, pid }) => [role, residentMiB(pid)]),
  );
  const total = () => mesh.processes.reduce((sum, { pid }) => sum + cpuUs(pid), 0);
  const before = total();
  await delay(IDLE_MS);
  const idleCorePercent = Math.round((total() - before) / IDLE_MS) / 10;
  return { memoryMiB, idleCorePercent };
}
