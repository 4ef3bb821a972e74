/**
 * The heartbeat of a link: asks at regular times, notices silence, measures the round trip.
 *
 * It is the proxy's, so a busy worker never looks like a dead server.
 *
 * @module
 */
import { ROUND_TRIP_MAX_MS } from "../../limits.ts";
import type { Outside, Timer } from "../../outside/outside.ts";
import type { LinkTimings } from "./timings.ts";

/** PINGs that follow the first one at once, each after the answer to the one before. */
const QUICK_PINGS = 4;

/** What a heartbeat needs of its link. */
export interface HeartbeatEvents {
  /** Send a PING with this clock (µs, below 2^53). */
  ping(clockUs: number): void;
  /** Nothing was heard for too long. */
  dead(silentMs: number): void;
}

/** Sends PINGs, takes their PONGs, and tells when the other side was silent too long. */
export class LinkHeartbeat {
  /** Round trip in ms, smoothed; `undefined` before the first answer. */
  rttMs: number | undefined;
  readonly #timings: LinkTimings;
  readonly #events: HeartbeatEvents;
  readonly #outside: Outside;
  readonly #probes = new Set<(alive: boolean) => void>();
  #timer: Timer | undefined;
  #heardAt = 0;
  #beatAt = 0;
  #beats = 0;
  #quick = 0;

  /**
   * @param timings Interval, time-out and time of a probe.
   * @param events What it needs of its link.
   */
  constructor(timings: LinkTimings, events: HeartbeatEvents, outside: Outside) {
    this.#outside = outside;
    this.#timings = timings;
    this.#events = events;
  }

  /** Begins, with a PING at once. */
  start(): void {
    this.#heardAt = this.#beatAt = this.#outside.now();
    this.#timer = this.#outside.every(this.#timings.heartbeatMs / 2, () => this.#beat());
    this.#ping();
  }

  /** Ends; probes under way answer `false`. */
  stop(): void {
    this.#outside.cancel(this.#timer);
    for (const settle of this.#probes) settle(false);
  }

  /** Something arrived, whatever it is. */
  heard(): void {
    this.#heardAt = this.#outside.now();
    for (const settle of this.#probes) settle(true);
  }

  /** A PONG with this clock arrived. */
  pong(clockUs: number): void {
    const ms = this.#machineMs() - clockUs / 1_000;
    if (!(ms > -1 && ms < ROUND_TRIP_MAX_MS)) return;
    // At the start of a link several at once: the clocks' difference, by which deadlines go, gets close soon.
    if (this.#quick < QUICK_PINGS) {
      this.#quick++;
      this.#ping();
    }
    const sample = Math.max(ms, 0);
    this.rttMs = this.rttMs === undefined ? sample : this.rttMs * 0.75 + sample * 0.25;
  }

  /**
   * Whether the peer still answers.
   *
   * @returns `true` as soon as anything arrives, `false` after `probeMs` or when the link ends.
   */
  probe(): Promise<boolean> {
    const { probeMs } = this.#timings;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let armedAt = this.#outside.now();
    const expired = (): void => {
      // This process itself was held up: the answer may lie in the socket, unread.
      if (this.#outside.now() - armedAt <= 2 * probeMs) return settle(false);
      armedAt = this.#outside.now();
      timer = this.#outside.after(probeMs, expired);
    };
    let timer = this.#outside.after(probeMs, expired);
    const settle = (alive: boolean): void => {
      this.#outside.cancel(timer);
      this.#probes.delete(settle);
      resolve(alive);
    };
    this.#probes.add(settle);
    this.#ping();
    return promise;
  }

  #beat(): void {
    const now = this.#outside.now();
    const { heartbeatMs, heartbeatTimeoutMs } = this.#timings;
    // This process itself was stopped or busy: what the peer sent lies in the socket, unread.
    if (now - this.#beatAt > 2 * heartbeatMs) this.#heardAt = now;
    this.#beatAt = now;
    const silentMs = now - this.#heardAt;
    if (silentMs > heartbeatTimeoutMs) this.#events.dead(silentMs);
    else if (this.#beats++ % 2 === 1) this.#ping();
  }

  #ping(): void {
    this.#events.ping(Math.round(this.#machineMs() * 1_000));
  }

  #machineMs(): number {
    return this.#outside.now() + this.#outside.machineOffsetMs;
  }
}
