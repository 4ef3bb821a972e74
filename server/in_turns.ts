/**
 * Many tasks, a few at a time.
 *
 * @module
 */
import { MODULE_CHECKS_MAX } from "../limits.ts";

/**
 * Runs tasks that each start a process.
 *
 * @returns Their results, in order.
 */
export async function inTurns<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = new Array(tasks.length);
  let next = 0;
  await Promise.all(Array.from({ length: MODULE_CHECKS_MAX }, async () => {
    for (;;) {
      const i = next++;
      const task = tasks[i];
      if (task === undefined) return;
      results[i] = await task();
    }
  }));
  return results;
}
