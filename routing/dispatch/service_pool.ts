/**
 * The processes of one server that offer one service, and the queue in front of them.
 *
 * @module
 */
import { CallQueue } from "./call_queue.ts";
import { Codel } from "./codel.ts";
import { mix32 } from "../hash.ts";
import { MeanLatency } from "../latency.ts";
import type { ProcessView } from "../types.ts";

/** A process, over all its services. */
export interface ProcessState {
  readonly view: ProcessView;
  /** Calls it works on, of all services. */
  inFlight: number;
  /** Those among them that were in flight in a process that died. */
  suspects: number;
  /** Calls it has been given, of all services. */
  delivered: number;
  /** It finishes what it has and takes no more. */
  draining: boolean;
}

/** A process's part in one service. */
export interface PoolMember {
  readonly process: ProcessState;
  /** Calls of the service it works on. */
  inFlight: number;
  /** Most of them. */
  readonly limit: number;
}

/** One service of this server. */
export class ServicePool<T> {
  readonly service: string;
  readonly members: PoolMember[] = [];
  readonly queue = new CallQueue<T>();
  /** Suspects that wait for a process without another suspect. */
  readonly apart = new CallQueue<T>();
  readonly codel: Codel;
  /** Time from a call's arrival here until its first reply. */
  readonly latency = new MeanLatency();

  delivered = 0;
  queued = 0;
  refused = 0;
  expired = 0;

  #cursor = 0;

  constructor(service: string, targetMs: number | undefined, intervalMs: number | undefined) {
    this.service = service;
    this.codel = new Codel(targetMs, intervalMs);
  }

  /** Calls that wait, suspects and others. */
  get waiting(): number {
    return this.queue.size + this.apart.size;
  }

  /** Whether any process takes calls, now or when it has finished one. */
  get open(): boolean {
    return this.members.some(({ process }) => !process.draining);
  }

  /**
   * The member with room whose process has the fewest calls.
   *
   * @param keyHash Among equals, calls with the same hash go to the same process (its memory may know
   *   the user); 0: equals take turns.
   * @param apart Only a process that works on no suspect will do.
   */
  freeMember(keyHash: number, apart = false): PoolMember | undefined {
    const { members } = this;
    let best: PoolMember | undefined, bestScore = 0, bestIndex = 0;
    for (let i = 0; i < members.length; i++) {
      let index = i + this.#cursor;
      if (index >= members.length) index -= members.length;
      // The cursor, too, lies before the end.
      const member = members[index]!;
      const { process } = member;
      if (process.draining || member.inFlight >= member.limit) continue;
      if (apart && process.suspects > 0) continue;
      if (best !== undefined && process.inFlight > best.process.inFlight) continue;
      const score = keyHash === 0 ? 0 : mix32(keyHash ^ mix32(process.view.id + 1)) >>> 0;
      if (
        best === undefined || process.inFlight < best.process.inFlight || score > bestScore
      ) {
        best = member;
        bestScore = score;
        bestIndex = index;
      }
    }
    if (best !== undefined && keyHash === 0) this.#cursor = (bestIndex + 1) % members.length;
    return best;
  }

  /** The process's member. */
  memberOf(processId: number): PoolMember | undefined {
    for (const member of this.members) if (member.process.view.id === processId) return member;
    return undefined;
  }

  /** Takes the process's member away. */
  removeSeat(processId: number): void {
    const index = this.members.findIndex(({ process }) => process.view.id === processId);
    if (index >= 0) this.members.splice(index, 1);
    this.#cursor = 0;
  }
}
