/**
 * `mesh test [suite or path …]`: runs all tests, or those named; ends with one line `N passed, N failed`.
 *
 * @module
 */
import { killAllGroups } from "./runner/guarded.ts";
import { closingLine, type Outcome, sum } from "./runner/outcome.ts";
import { readArguments, testHelp } from "./runner/arguments.ts";
import { allFiles, allSuites, type Suite, suiteOfPath } from "./runner/suites.ts";

/** The suites that the arguments name; all when there are none. */
function select(words: readonly string[]): Suite[] {
  const all = allSuites();
  const suites = all.map(({ name }) => name);
  const asked = readArguments(words, { suites, files: allFiles() });
  if (asked.kind === "help") {
    console.log(testHelp({ suites }).trimEnd());
    Deno.exit(0);
  }
  if (asked.kind === "wrong") {
    for (const fault of asked.faults) console.error(`mesh test: ${fault}`);
    console.error(`mesh test --help tells what there is; suites: ${suites.join(", ")}`);
    Deno.exit(2);
  }
  if (asked.names.length === 0) return all;
  return asked.names.map((name) => all.find((suite) => suite.name === name) ?? suiteOfPath(name));
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
