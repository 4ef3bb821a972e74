/**
 * The real clock, the timers of the runtime, and its dice: the one place where the core of mesh meets them.
 *
 * @module
 */
import { machineClockOffsetMs } from "../shm/machine_clock.ts";
import { secureBytes } from "../wire/random_bytes.ts";
import { type Outside, type Timer, timerMs } from "./outside.ts";

// Taken once: user code of the same process may replace them.
const { setTimeout, setInterval, clearTimeout } = globalThis;
const now = performance.now.bind(performance);
const { timeOrigin } = performance;
const { random } = Math;

/** What every process runs on that is not simulated. */
export const realOutside: Outside = {
  now,
  get machineOffsetMs() {
    return machineClockOffsetMs();
  },
  timeOriginMs: timeOrigin,
  // Out of their bounds the runtime would warn, and take even the longest for 1 ms.
  after: (ms, callback) => setTimeout(callback, timerMs(ms)),
  every: (ms, callback) => setInterval(callback, timerMs(ms)),
  // A timer of either kind.
  cancel: (timer: Timer | undefined) => clearTimeout(timer as number | undefined),
  random,
  randomBytes: secureBytes,
};
