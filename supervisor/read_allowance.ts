/**
 * How much a server reads of its workers' output: a worker that writes without end slows down itself, and not
 * the server.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { LOG_READ_BURST_BYTES, LOG_READ_BYTES_PER_S } from "../limits.ts";

/** Time, from outside. */
export interface AllowanceClock {
  /** Milliseconds. */
  now(): number;
  /** Waits. */
  pause(ms: number): Promise<void>;
}

const REAL: AllowanceClock = {
  now: () => performance.now(),
  pause: delay,
};

/** A token bucket of bytes. */
export class ReadAllowance {
  /** How often somebody had to wait. */
  waits = 0;
  readonly #clock: AllowanceClock;
  #bytes = LOG_READ_BURST_BYTES;
  #atMs: number;

  /** @param clock Default: the real one. */
  constructor(clock: AllowanceClock = REAL) {
    this.#clock = clock;
    this.#atMs = clock.now();
  }

  /** Accounts for bytes that were read. Settles when more may be. */
  async spend(bytes: number): Promise<void> {
    const nowMs = this.#clock.now();
    const earned = (nowMs - this.#atMs) * LOG_READ_BYTES_PER_S / 1_000;
    this.#bytes = Math.min(LOG_READ_BURST_BYTES, this.#bytes + earned) - bytes;
    this.#atMs = nowMs;
    if (this.#bytes >= 0) return;
    this.waits++;
    await this.#clock.pause(Math.ceil(-this.#bytes * 1_000 / LOG_READ_BYTES_PER_S));
  }
}
