/**
 * What a suite of tests ended with, and the one plain line that all of them end with.
 *
 * @module
 */

/** Result of a suite: what passed is counted, what failed or was skipped is named. */
export interface Outcome {
  /** Number of tests that passed. */
  passed: number;
  /** Names of the tests that failed. */
  failed: string[];
  /** Names of the tests that were skipped, each with its reason. */
  skipped: string[];
}

/** Sum of the outcomes of several suites. */
export function sum(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((passed, outcome) => passed + outcome.passed, 0),
    failed: outcomes.flatMap((outcome) => outcome.failed),
    skipped: outcomes.flatMap((outcome) => outcome.skipped),
  };
}

/** `N passed, N failed`, and `, N skipped` if any. */
export function closingLine({ passed, failed, skipped }: Outcome): string {
  const line = `${passed} passed, ${failed.length} failed`;
  return skipped.length > 0 ? `${line}, ${skipped.length} skipped` : line;
}
