/**
 * For system tests: how a call ended, as a value, and that it ended once.
 *
 * @module
 */
import { MeshError } from "../../../errors.ts";
import type { Call } from "../../../client/types.ts";

/** How a call ended. */
export type Outcome<T = unknown> =
  | { readonly ok: true; readonly value: T; readonly ms: number }
  | { readonly ok: false; readonly error: MeshError; readonly ms: number };

/**
 * Waits for a call.
 *
 * @throws What it failed with, if that is no `MeshError`: then something is wrong in mesh.
 */
export async function outcomeOf<T>(call: Call<T>): Promise<Outcome<T>> {
  const began = performance.now();
  try {
    const value = await call;
    return { ok: true, value, ms: performance.now() - began };
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    return { ok: false, error, ms: performance.now() - began };
  }
}

/** How many calls ended how: `{ ok: 3, "UNAVAILABLE started": 1 }`. */
export function tally(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name = outcome.ok
      ? "ok"
      : `${outcome.error.code} ${outcome.error.started ? "started" : "not started"}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
