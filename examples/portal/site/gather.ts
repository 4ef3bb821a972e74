/**
 * Scatter and gather: everything a page needs is asked for at once, and each part ends in its own time.
 *
 * @module
 */
import type { CallOptions } from "mesh";

/** A part of a page. */
export interface GatherPart<T> {
  /** Time this part may take, in milliseconds. */
  timeoutMs: number;
  /** Fetches the part; `options` are for its calls to services. */
  load(options: CallOptions): Promise<T>;
}

/** How a part ended, and after how many milliseconds. */
export type Outcome<T> =
  | { ok: true; value: T; ms: number }
  | { ok: false; error: unknown; ms: number };

/** Why a part failed that took too long; the code is that of a call which took too long. */
class PartTimeout extends Error {
  readonly code = "DEADLINE_EXCEEDED";
}

/**
 * Loads parts side by side.
 *
 * @param parts The parts.
 * @returns Their outcomes, in the order of the parts. Never throws.
 */
export function gather<T>(parts: readonly GatherPart<T>[]): Promise<Outcome<T>[]> {
  return Promise.all(parts.map(loadPart));
}

/**
 * Loads one part. Mesh ends each call at its time-out; the timer here also covers a part of several calls.
 *
 * @param part The part.
 * @returns Its outcome, at the latest after its `timeoutMs`. Never throws.
 */
export async function loadPart<T>({ timeoutMs, load }: GatherPart<T>): Promise<Outcome<T>> {
  const start = performance.now();
  const ms = () => performance.now() - start;
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new PartTimeout(`no answer within ${timeoutMs} ms`);
      reject(error);
      abort.abort(error);
    }, timeoutMs);
  });
  try {
    const loading = (async () => await load({ timeoutMs, signal: abort.signal }))();
    return { ok: true, value: await Promise.race([loading, late]), ms: ms() };
  } catch (error) {
    return { ok: false, error, ms: ms() };
  } finally {
    clearTimeout(timer);
  }
}
