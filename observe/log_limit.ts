/**
 * An allowance for each kind of line: strangers can cause lines, and must not fill the log with them.
 *
 * A token bucket per kind. What is left out is counted, and told from time to time.
 *
 * @module
 */
import {
  LOG_KIND_BURST,
  LOG_KIND_REFILL_MS,
  LOG_KIND_REPORT_MS,
  LOG_KINDS_MAX,
} from "../limits.ts";
import { reached } from "../limits/reached.ts";

/** Time, from outside. */
export interface LimitClock {
  /** Milliseconds. */
  now(): number;
  /** Calls back later. */
  later(callback: () => void, ms: number): void;
}

/** Writes how many lines of a kind were left out, and in how many ms. */
export type ReportLeftOut = (leftOut: number, inMs: number) => void;

interface Kind {
  tokens: number;
  /** When {@linkcode tokens} was right. */
  atMs: number;
  leftOut: number;
  sinceMs: number;
  report: ReportLeftOut;
}

const REAL: LimitClock = {
  now: () => performance.now(),
  // A program that has nothing else to do need not stay for it.
  later: (callback, ms) => Deno.unrefTimer(setTimeout(callback, ms)),
};
/** The kind of all that are too many to be told apart. */
const OTHERS = "";

/** The allowances of one log, and what they have left out. */
export class LogLimit {
  /** Lines left out since the start. */
  leftOut = 0;
  readonly #clock: LimitClock;
  readonly #kinds = new Map<string, Kind>();
  #reporting = false;

  /** @param clock Default: the real one. */
  constructor(clock: LimitClock = REAL) {
    this.#clock = clock;
  }

  /**
   * Whether a line may be written.
   *
   * @param name The name of its kind.
   * @param report Called later if it may not: tells how many were left out.
   */
  admits(name: string, report: ReportLeftOut): boolean {
    const nowMs = this.#clock.now();
    const kind = this.#kind(name, nowMs, report);
    const earned = Math.floor((nowMs - kind.atMs) / LOG_KIND_REFILL_MS);
    if (earned > 0) {
      kind.tokens = Math.min(LOG_KIND_BURST, kind.tokens + earned);
      kind.atMs += earned * LOG_KIND_REFILL_MS;
    }
    if (kind.tokens > 0) {
      kind.tokens--;
      return true;
    }
    if (kind.leftOut++ === 0) kind.sinceMs = nowMs;
    kind.report = report;
    this.leftOut++;
    reached("LOG_KIND_BURST");
    this.#reportLater();
    return false;
  }

  /** Tells now what was left out. */
  report(): void {
    const nowMs = this.#clock.now();
    for (const kind of this.#kinds.values()) {
      if (kind.leftOut === 0) continue;
      const { leftOut } = kind;
      kind.leftOut = 0;
      kind.report(leftOut, Math.round(nowMs - kind.sinceMs));
    }
  }

  #kind(name: string, nowMs: number, report: ReportLeftOut): Kind {
    let kind = this.#kinds.get(name);
    if (kind === undefined && name !== OTHERS && !this.#hasRoom(nowMs)) {
      reached("LOG_KINDS_MAX");
      return this.#kind(OTHERS, nowMs, report);
    }
    if (kind === undefined) {
      kind = { tokens: LOG_KIND_BURST, atMs: nowMs, leftOut: 0, sinceMs: nowMs, report };
      this.#kinds.set(name, kind);
    }
    return kind;
  }

  /** Kinds that have been quiet for so long that their allowance is full again can be forgotten. */
  #hasRoom(nowMs: number): boolean {
    if (this.#kinds.size < LOG_KINDS_MAX) return true;
    const fullMs = LOG_KIND_BURST * LOG_KIND_REFILL_MS;
    for (const [name, { atMs, leftOut }] of this.#kinds) {
      if (leftOut === 0 && nowMs - atMs >= fullMs) this.#kinds.delete(name);
    }
    return this.#kinds.size < LOG_KINDS_MAX;
  }

  #reportLater(): void {
    if (this.#reporting) return;
    this.#reporting = true;
    this.#clock.later(() => {
      this.#reporting = false;
      this.report();
    }, LOG_KIND_REPORT_MS);
  }
}
