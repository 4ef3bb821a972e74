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
export interface Seat {
  readonly process: ProcessState;
  /** Calls of the service it works on. */
  inFlight: number;
  /** Most of them. */
  readonly limit: number;
}

/** One service of this server. */
export class ServicePool<T> {
  readonly service: string;
  readonly seats: Seat[] = [];
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

  /** Whether any process takes calls, now or when it has finished one. */
  get open(): boolean {
    return this.seats.some(({ process }) => !process.draining);
  }

  /**
   * The seat with room whose process has the fewest calls.
   *
   * @param keyHash Among equals, calls with the same hash go to the same process (its memory may know
   *   the user); 0: equals take turns.
   * @param apart Only a process that works on no suspect will do.
   */
  freeSeat(keyHash: number, apart = false): Seat | undefined {
    const { seats } = this;
    let best: Seat | undefined, bestScore = 0, bestIndex = 0;
    for (let i = 0; i < seats.length; i++) {
      let index = i + this.#cursor;
      if (index >= seats.length) index -= seats.length;
      const seat = seats[index]!;
      const { process } = seat;
      if (process.draining || seat.inFlight >= seat.limit) continue;
      if (apart && process.suspects > 0) continue;
      if (best !== undefined && process.inFlight > best.process.inFlight) continue;
      const score = keyHash === 0 ? 0 : mix32(keyHash ^ mix32(process.view.id + 1)) >>> 0;
      if (
        best === undefined || process.inFlight < best.process.inFlight || score > bestScore
      ) {
        best = seat;
        bestScore = score;
        bestIndex = index;
      }
    }
    if (best !== undefined && keyHash === 0) this.#cursor = (bestIndex + 1) % seats.length;
    return best;
  }

  /** The process's seat. */
  seatOf(processId: number): Seat | undefined {
    for (const seat of this.seats) if (seat.process.view.id === processId) return seat;
    return undefined;
  }

  /** Takes the process's seat away. */
  removeSeat(processId: number): void {
    const index = this.seats.findIndex(({ process }) => process.view.id === processId);
    if (index >= 0) this.seats.splice(index, 1);
    this.#cursor = 0;
  }
}
