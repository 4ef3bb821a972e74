/**
 * The machine's monotonic clock, which all of its processes share: deadlines are points on it.
 *
 * `performance.now()` runs on the same clock, but begins with its process: the difference is constant.
 *
 * @module
 */
import { native } from "../native/ffi.ts";

/** Looks at both clocks; the closest pair counts, since a process may be interrupted between the two. */
const SAMPLES = 8;

let offset: number | undefined;

/** What the machine's clock shows more than `performance.now()` of this process, in ms. */
export function machineClockOffsetMs(): number {
  return offset ??= measure();
}

function measure(): number {
  const { mesh_clock_ms } = native();
  let best = Infinity;
  let found = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const before = performance.now();
    const machine = mesh_clock_ms();
    const after = performance.now();
    if (after - before >= best) continue;
    best = after - before;
    found = machine - (before + after) / 2;
  }
  return found;
}
