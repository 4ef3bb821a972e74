/**
 * Reads what `cargo test` prints.
 *
 * @module
 */
import type { Outcome } from "./outcome.ts";

/**
 * The outcome of a `cargo test` run over all its test programs.
 *
 * @param output What it printed.
 */
export function parseCargo(output: string): Outcome {
  const outcome: Outcome = { passed: 0, failed: [], skipped: [] };
  for (
    const match of output.matchAll(
      /^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)(?:, (.*))?$/gm,
    )
  ) {
    const [, name = "", result, reason] = match;
    if (result === "ok") outcome.passed++;
    else if (result === "FAILED") outcome.failed.push(`native: ${name}`);
    else outcome.skipped.push(`native: ${name} (skipped: ${reason ?? "ignored"})`);
  }
  return outcome;
}
