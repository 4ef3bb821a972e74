/**
 * The proxy's clock. Reading the time costs as much as routing a call, so it is read once per burst of
 * frames, and whoever asks within the burst gets the same answer.
 *
 * @module
 */
import type { Outside } from "../../outside/outside.ts";

/** The time as it was last read. */
export class BurstClock {
  /** The time of the last {@linkcode read}, on the clock of this process, in ms. */
  ms: number;
  /** What the machine's monotonic clock shows more, in ms: deadlines are on that one. */
  readonly machineOffsetMs: number;
  readonly #outside: Outside;

  /** @param outside The clock that is read. */
  constructor(outside: Outside) {
    this.#outside = outside;
    this.machineOffsetMs = outside.machineOffsetMs;
    this.ms = outside.now();
  }

  /** The machine's monotonic clock at the last {@linkcode read}, in ms. */
  get machineMs(): number {
    return this.ms + this.machineOffsetMs;
  }

  /** Reads the time: at the start of a burst, a timer or a question from outside. */
  read(): number {
    return this.ms = this.#outside.now();
  }
}
