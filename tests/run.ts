/**
 * `mesh test [suite or path …]`: runs all tests, or those named; ends with one line `N passed, N failed`.
 *
 * @module
 */
import { killAllGroups } from "./runner/guarded.ts";
import { closingLine, type Outcome, sum } from "./runner/outcome.ts";
import { allSuites, type Suite, suiteOfPath } from "./runner/suites.ts";

/** The suites that the arguments name; all when there are none. */
function select(names: readonly string[]): Suite[] {
  const suites = allSuites();
  if (names.length === 0) return suites;
  return names.map((name) => {
    const suite = suites.find((suite) => suite.name === name) ?? suiteOfPath(name);
    if (suite) return suite;
    console.error(
      `mesh test: "${name}" is neither a suite nor a path with tests; suites: ${
        suites.map((suite) => suite.name).join(", ")
      }`,
    );
    Deno.exit(2);
  });
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    killAllGroups();
    Deno.exit(1);
  });
}

const outcomes: Outcome[] = [];
for (const suite of select(Deno.args)) {
  console.log(`\n== ${suite.name}`);
  const began = performance.now();
  const outcome = await suite.run();
  outcomes.push(outcome);
  console.log(
    `== ${suite.name}: ${closingLine(outcome)}` +
      ` in ${Math.round((performance.now() - began) / 1000)} s`,
  );
}

const total = sum(outcomes);
console.log();
for (const name of total.skipped) console.log(`skipped: ${name}`);
for (const name of total.failed) console.log(`failed: ${name}`);
console.log(closingLine(total));
Deno.exit(total.failed.length > 0 || total.passed === 0 ? 1 : 0);
