/**
 * Loading modules without running a server: what `mesh check` does.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import type { ServerConfig } from "../config/types.ts";
import type { ModuleReport } from "../worker/describe_module.ts";
import { inTurns } from "./in_turns.ts";
import { checkKeyModule, keyModulesOf } from "./key_modules.ts";
import { describeInProcess } from "./module_process.ts";
import { execStaff, modulesOf, webStaff } from "../supervisor/staff.ts";
import { findProject } from "../supervisor/user_project.ts";
import type { Assignment } from "../worker/assignment.ts";

/** What is known of a module of a configuration. */
export interface CheckedModule extends ModuleReport {
  /** What it is, for people. */
  readonly what: "site" | "service" | "key module";
  /** The groups of a key module. */
  readonly groups?: readonly string[];
}

/**
 * Loads every module of a configuration as a worker would: under the configuration of its project, with the
 * permissions of the process that it belongs to. Each has a process of its own, so that a fault shows where it is;
 * if all is well there, those of one worker are loaded together, too.
 *
 * @param config The configuration.
 * @returns A report per module: the site first, then the services, then the key modules.
 */
export async function checkModules(config: ServerConfig): Promise<CheckedModule[]> {
  const keyModules = keyModulesOf(config);
  const paths = [...keyModules.keys()];
  const staff = [...webStaff(config, 0), ...execStaff(config, paths)];
  const checks = staff.flatMap(({ work }) =>
    modulesOf(work).map((path) => async (): Promise<CheckedModule> => ({
      ...await describe(work, [path], []),
      what: work.kind === "web" ? "site" : "service",
    }))
  );
  const ofKeys = [...keyModules].map(([path, groups]) => async (): Promise<CheckedModule> => ({
    ...await checkKeyModule(config, path),
    what: "key module",
    groups,
  }));
  const reports = await inTurns([...checks, ...ofKeys]);
  if (reports.some(({ error }) => error !== undefined)) return reports;

  const together = staff.filter(({ work }) => modulesOf(work).length + paths.length > 1);
  const failed = (await inTurns(
    together.map(({ work }) => () => describe(work, modulesOf(work), paths)),
  )).filter(({ error }) => error !== undefined);
  return reports.map((report) => {
    const { error } = failed.find(({ path }) => path === report.path) ?? {};
    if (error === undefined) return report;
    return { ...report, error: `together with the others of its process: ${error}` };
  });
}

async function describe(
  work: Assignment,
  paths: readonly string[],
  keyModules: readonly string[],
): Promise<ModuleReport> {
  const [path = ""] = paths;
  try {
    const { kind } = work;
    const sandbox = work.kind === "exec" ? work.sandbox : undefined;
    return await describeInProcess({ kind, paths, keyModules, sandbox }, findProject(path));
  } catch (error) {
    return { path, error: textOf(error) };
  }
}
