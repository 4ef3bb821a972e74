/**
 * The arguments of `mesh test`.
 *
 * @module
 */
import { didYouMean } from "../../config/suggest.ts";

/** What the arguments ask for. */
export type Asked =
  | { readonly kind: "help" }
  | { readonly kind: "run"; readonly names: readonly string[] }
  | { readonly kind: "wrong"; readonly faults: readonly string[] };

/** What can be run. */
export interface Runnable {
  /** Names of the suites. */
  readonly suites: readonly string[];
  /** All test files, by paths relative to the repository. */
  readonly files: readonly string[];
}

/**
 * Reads the arguments.
 *
 * @param words The arguments, without `test`.
 * @param runnable What there is to run.
 * @returns Names of suites, test files and folders that hold some, as `runnable` writes them; or every fault.
 */
export function readArguments(words: readonly string[], { suites, files }: Runnable): Asked {
  const end = words.indexOf("--");
  const flags = words.filter((word, i) => word.startsWith("-") && (end < 0 || i < end));
  if (flags.some((flag) => flag === "--help" || flag === "-h")) return { kind: "help" };
  const faults = flags.filter((flag) => flag !== "-").map((flag) =>
    `unknown flag ${flag}${didYouMean(flag, ["--help"])}`
  );
  const given = words.filter((word, i) => i !== end && (word === "-" || !flags.includes(word)));
  const names = given.map((word) => {
    if (suites.includes(word)) return word;
    const path = word.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
    if (path !== "" && files.some((file) => file === path || file.startsWith(`${path}/`))) {
      return path;
    }
    const tests = path.replace(/(\.tsx?)$/, "_test$1");
    const meant = files.includes(tests)
      ? ` (did you mean ${tests}?)`
      : didYouMean(word, candidates(suites, files));
    faults.push(`"${word}" is neither a suite nor a path with tests${meant}`);
    return word;
  });
  return faults.length > 0 ? { kind: "wrong", faults } : { kind: "run", names };
}

/** The usage of `mesh test`. */
export function testHelp({ suites }: Pick<Runnable, "suites">): string {
  return [
    "Usage: mesh test [suite or path …]",
    "",
    "Runs all tests, or those that are named. The last line is `N passed, N failed`; the exit code is 0",
    "when none failed, 1 when some did, and 2 when a name or flag is unknown.",
    "",
    `Suites: ${suites.join(", ")}`,
    "Paths are relative to the repository: a test file, or a folder with tests.",
    "",
    "Examples:",
    "  mesh test",
    "  mesh test style unit",
    "  mesh test wire",
    "  mesh test tests/system/calls_test.ts",
    "",
  ].join("\n");
}

/** Whatever somebody may have meant: suites, files, folders, and files by their last name. */
function candidates(suites: readonly string[], files: readonly string[]): string[] {
  const folders = files.map((file) => file.split("/").slice(0, -1).join("/"));
  return [...new Set([...suites, ...files, ...folders])].filter((name) => name !== "");
}
