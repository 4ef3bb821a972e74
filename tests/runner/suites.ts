/**
 * The suites of `mesh test`: what each runs, and how long it may take.
 *
 * @module
 */
import { missingCommand } from "../skip.ts";
import { parseCargo } from "./cargo.ts";
import { parseDenoOutput } from "./deno_output.ts";
import { suiteOf, testFiles } from "./files.ts";
import { type GuardedOptions, type GuardedResult, runGuarded } from "./guarded.ts";
import { parseJunit } from "./junit.ts";
import { type Outcome, sum } from "./outcome.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const CARGO = Deno.env.get("CARGO") ?? "cargo";

const CHECK_MS = 300_000;
const RUST_MS = 600_000;
const DENO_TESTS_MS = 300_000;

/** A named part of the whole test run. */
export interface Suite {
  /** The name it is asked for by. */
  name: string;
  /** Runs it. */
  run(): Promise<Outcome>;
}

/** All suites, in the order they run: the quick and telling ones first. */
export function allSuites(): Suite[] {
  const files = Map.groupBy(testFiles(ROOT), suiteOf);
  const unit = files.get("unit") ?? [];
  const project = files.get("project") ?? [];
  files.delete("unit");
  files.delete("project");
  return [
    { name: "style", run: style },
    { name: "rust", run: rust },
    { name: "unit", run: () => denoTests(unit, { parallel: true }) },
    { name: "project", run: () => denoTests(project, { parallel: true }) },
    ...[...files].map(([name, files]) => ({ name, run: () => oneByOne(files) })),
  ];
}

/** All test files, by paths relative to the repository. */
export function allFiles(): string[] {
  return testFiles(ROOT);
}

/**
 * A suite of the test files under a path.
 *
 * @param path A test file, or a folder with some, relative to the repository.
 */
export function suiteOfPath(path: string): Suite {
  const files = allFiles().filter((file) => file === path || file.startsWith(`${path}/`));
  return { name: path, run: () => oneByOne(files) };
}

async function style(): Promise<Outcome> {
  const deno = (...args: string[]) => [Deno.execPath(), ...args] as [string, ...string[]];
  return sum([
    await step("TypeScript is formatted", deno("fmt", "--check", "--quiet"), CHECK_MS),
    await step("TypeScript has no lint", deno("lint", "--quiet"), CHECK_MS),
    await step("TypeScript type-checks", deno("check", "--quiet", "."), CHECK_MS),
    await step("Public symbols are documented", deno("task", "--quiet", "doc-lint"), CHECK_MS),
  ]);
}

async function rust(): Promise<Outcome> {
  const missing = missingCommand(CARGO);
  if (missing) return { passed: 0, failed: [], skipped: [`native (skipped: ${missing})`] };
  const cargo = (...args: string[]) => [CARGO, ...args] as [string, ...string[]];
  const cwd = `${ROOT}/native`;
  return sum([
    await step("Rust is formatted", cargo("fmt", "--check"), RUST_MS, cwd),
    await step(
      "Rust has no lint",
      cargo("clippy", "--quiet", "--all-targets", "--", "-D", "warnings"),
      RUST_MS,
      cwd,
    ),
    await cargoTests(
      "native tests",
      cargo("test", "--release", "--quiet", "--", "--format=pretty"),
      {
        cwd,
        timeoutMs: RUST_MS,
      },
    ),
    // Every interleaving of the lock-free parts, on loom's own atomics.
    await cargoTests(
      "native loom tests",
      cargo("test", "--release", "--quiet", "--test", "loom", "--", "--format=pretty"),
      {
        cwd,
        timeoutMs: RUST_MS,
        env: { RUSTFLAGS: "--cfg loom", CARGO_TARGET_DIR: "target/loom" },
      },
    ),
  ]);
}

/** A command that counts as one test. */
async function step(
  name: string,
  command: [string, ...string[]],
  timeoutMs: number,
  cwd = ROOT,
): Promise<Outcome> {
  const result = await runGuarded(command, { cwd, timeoutMs });
  const fault = faultOf(result);
  console.log(`${name} ... ${fault ?? "ok"}`);
  return { passed: fault ? 0 : 1, failed: fault ? [`${name} (${fault})`] : [], skipped: [] };
}

async function cargoTests(
  name: string,
  command: [string, ...string[]],
  options: GuardedOptions,
): Promise<Outcome> {
  const result = await runGuarded(command, options);
  return withFault(parseCargo(result.output), name, result);
}

interface DenoTestOptions {
  parallel: boolean;
}

async function denoTests(files: string[], { parallel }: DenoTestOptions): Promise<Outcome> {
  if (files.length === 0) return { passed: 0, failed: [], skipped: [] };
  const report = await Deno.makeTempFile({ prefix: "mesh_test_", suffix: ".xml" });
  try {
    const result = await runGuarded([
      Deno.execPath(),
      "test",
      "-A",
      "--no-check", // "TypeScript type-checks" has checked everything at once
      ...(parallel ? ["--parallel"] : []),
      `--junit-path=${report}`,
      ...files,
    ], { cwd: ROOT, timeoutMs: DENO_TESTS_MS });
    const name = files.length === 1 ? files[0] ?? "" : `${files.length} test files`;
    const outcome = result.timedOut
      ? parseDenoOutput(result.output)
      : parseJunit(await Deno.readTextFile(report));
    return withFault(outcome, name, result);
  } finally {
    await Deno.remove(report);
  }
}

/** Tests that start servers of their own: one file after the other, so that they don't disturb each other. */
async function oneByOne(files: string[]): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const file of files) outcomes.push(await denoTests([file], { parallel: false }));
  return sum(outcomes);
}

/** Adds what the single tests don't tell: a run that ended badly as a whole. */
function withFault(outcome: Outcome, name: string, result: GuardedResult): Outcome {
  const fault = faultOf(result);
  const told = outcome.failed.length > 0 && !result.timedOut && result.leftovers.length === 0;
  if (fault === undefined || told) return outcome;
  return { ...outcome, failed: [...outcome.failed, `${name} (${fault})`] };
}

function faultOf({ code, timedOut, leftovers }: GuardedResult): string | undefined {
  if (timedOut) return "ended by the watchdog";
  if (leftovers.length > 0) return `left processes behind: ${leftovers.join("; ")}`;
  return code === 0 ? undefined : `exit code ${code}`;
}
