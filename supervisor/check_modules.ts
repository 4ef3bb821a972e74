/**
 * Loading modules without running a server: what `mesh check` does.
 *
 * @module
 */
import type { ServerConfig } from "../config/types.ts";
import { MODULE_CHECKS_MAX } from "../limits.ts";
import type { ModuleReport } from "./describe_module.ts";
import { checkKeyModule, keyModulesOf } from "./key_modules.ts";
import { describeInProcess } from "./module_process.ts";
import { findProject } from "./user_project.ts";

/** What is known of a module of a configuration. */
export interface CheckedModule extends ModuleReport {
  /** What it is, for people. */
  readonly what: "site" | "service" | "key module";
  /** The groups of a key module. */
  readonly groups?: readonly string[];
}

/**
 * Loads every module of a configuration, each in a process of its own as a worker would.
 *
 * @param config The configuration.
 * @returns A report per module: the site first, then the services, then the key modules.
 */
export async function checkModules(config: ServerConfig): Promise<CheckedModule[]> {
  const { web, exec } = config;
  const checks: (() => Promise<CheckedModule>)[] = [];
  if (web !== undefined) {
    checks.push(async () => ({ ...await check("web", web.site), what: "site" }));
  }
  for (const path of exec?.services ?? []) {
    checks.push(async () => ({ ...await check("exec", path), what: "service" }));
  }
  for (const [path, groups] of keyModulesOf(config)) {
    checks.push(async () => ({
      ...await checkKeyModule(config, path),
      what: "key module",
      groups,
    }));
  }
  return await inTurns(checks);
}

async function check(kind: "web" | "exec", path: string): Promise<ModuleReport> {
  try {
    return await describeInProcess([kind, path], findProject(path));
  } catch (error) {
    return { path, error: error instanceof Error ? error.message : String(error) };
  }
}

/** The results in order; only so many are under way at a time. */
async function inTurns<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = new Array(tasks.length);
  let next = 0;
  await Promise.all(Array.from({ length: MODULE_CHECKS_MAX }, async () => {
    for (let i = next++; i < tasks.length; i = next++) results[i] = await tasks[i]!();
  }));
  return results;
}
