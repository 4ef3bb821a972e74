/**
 * Reads what `deno test` prints: all there is when a run was killed before it wrote its report.
 *
 * @module
 */
import type { Outcome } from "./outcome.ts";

/**
 * The outcome of the tests that ended, and those that were still running named as failed.
 *
 * @param output What `deno test` printed, in its pretty form.
 */
export function parseDenoOutput(output: string): Outcome {
  const outcome: Outcome = { passed: 0, failed: [], skipped: [] };
  const hanging = new Set<string>();
  // deno-lint-ignore no-control-regex -- colours
  for (const line of output.replace(/\x1b\[[\d;]*m/g, "").split("\n")) {
    const slow = /^'(.*)' has been running for over /.exec(line)?.[1];
    if (slow !== undefined) hanging.add(slow);
    const ended = /^(?:\S+ => )?(.*) \.\.\. (ok|FAILED|ignored) \(/.exec(line);
    if (!ended) continue;
    const [, name = "", result] = ended;
    hanging.delete(name);
    if (result === "ok") outcome.passed++;
    else if (result === "FAILED") outcome.failed.push(name);
    else outcome.skipped.push(name);
  }
  outcome.failed.push(...[...hanging].map((name) => `${name} (hung)`));
  return outcome;
}
