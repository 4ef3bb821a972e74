/**
 * Samples: what each peer did in a loop, taken in turn.
 *
 * @module
 */
import type { LoopEnd, LoopResult } from "./closed_loop.ts";
import type { Peer } from "./peers/peer.ts";
import { cpuUs } from "./processes.ts";
import { FRONT_PATH } from "./requester.ts";
import type { Workload } from "./workloads.ts";
import { runWrk } from "./wrk.ts";

/** One loop of one peer. */
export interface Sample extends LoopResult {
  /** In the workload's unit. */
  readonly rate: number;
  /** CPU per call of each of the peer's processes, in µs. */
  readonly cpuUs: readonly number[];
}

/**
 * Takes one.
 *
 * @param peer Whose.
 * @param workload What it does.
 * @param end When it ends; what goes over HTTP is measured for whole seconds, one at least.
 */
export async function takeSample(peer: Peer, workload: Workload, end: LoopEnd): Promise<Sample> {
  const before = peer.processes.map(({ pid }) => cpuUs(pid));
  const result = workload.overHttp
    ? await runWrk(
      `${peer.url}${FRONT_PATH}`,
      workload.inFlight,
      "ms" in end ? end.ms / 1_000 : 1,
    )
    : await runLoop(peer, workload, end);
  return {
    ...result,
    rate: result.perSecond * workload.perCall,
    cpuUs: peer.processes.map(({ pid }, i) => (cpuUs(pid) - before[i]!) / result.calls),
  };
}

/** Has a peer run a loop of its own. */
export async function runLoop(peer: Peer, workload: Workload, end: LoopEnd): Promise<LoopResult> {
  const query = new URLSearchParams({
    workload: workload.name,
    ...("ms" in end ? { ms: String(end.ms) } : { calls: String(end.calls) }),
  });
  const response = await fetch(`${peer.url}/loop?${query}`);
  if (!response.ok) {
    throw new Error(`${peer.name} failed at ${workload.name}: ${await response.text()}`);
  }
  return await response.json();
}

/** How a row is sampled. */
export interface Sampling {
  /** Samples of each peer. */
  readonly pairs: number;
  /** When each loop ends. */
  readonly end: LoopEnd;
  /** Whether each peer runs its loop once before it counts. */
  readonly warm: boolean;
}

/**
 * Takes samples of all peers in turn, so that the moods of the machine meet all of them.
 *
 * @param peers Who.
 * @param workload What.
 * @param sampling How.
 * @returns For each peer its samples, in the order of the rounds.
 */
export async function takeInTurn(
  peers: readonly Peer[],
  workload: Workload,
  { pairs, end, warm }: Sampling,
): Promise<Sample[][]> {
  const samples: Sample[][] = peers.map(() => []);
  if (warm) { for (const peer of peers) await takeSample(peer, workload, end); }
  for (let round = 0; round < pairs; round++) {
    // Each is first, second and last in turn: whoever comes after another finds its caches.
    for (let i = 0; i < peers.length; i++) {
      const at = (round + i) % peers.length;
      samples[at]!.push(await takeSample(peers[at]!, workload, end));
    }
  }
  return samples;
}
