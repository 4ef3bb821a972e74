/**
 * The key modules of a configuration, as its server sees them: files, whose code it never runs itself.
 *
 * @module
 */
import { type KeyGroups, keyGroupsOf } from "../client/key_groups.ts";
import type { ServerConfig } from "../config/types.ts";
import { MeshError } from "../errors.ts";
import type { ModuleReport } from "./describe_module.ts";
import { describeInProcess } from "./module_process.ts";
import { findProject, type UserProject } from "./user_project.ts";

/** The key modules of a configuration, each with the groups that are keyed by it. */
export function keyModulesOf({ groups }: ServerConfig): Map<string, string[]> {
  const modules = new Map<string, string[]>();
  for (const group of groups) {
    if (group.mode !== "keyed" || group.keyModule === undefined) continue;
    modules.set(group.keyModule, [...modules.get(group.keyModule) ?? [], group.name]);
  }
  return modules;
}

/**
 * Loads a key module in a process of its own, as the workers would: what it imports is resolved by their projects.
 *
 * @param config Whose workers.
 * @param path The module's absolute path.
 * @param signal Ends the process.
 */
export async function checkKeyModule(
  { web, exec }: ServerConfig,
  path: string,
  signal?: AbortSignal,
): Promise<ModuleReport> {
  const workers = [web?.site, exec?.services[0]].filter((module) => module !== undefined);
  try {
    const projects = new Map<string | undefined, UserProject>();
    for (const module of workers.length > 0 ? workers : [path]) {
      const project = findProject(module);
      projects.set(project.configPath, project);
    }
    const reports = await Promise.all(
      [...projects.values()].map((project) => describeInProcess(["keys", path], project, signal)),
    );
    return reports.find(({ error }) => error !== undefined) ?? { path };
  } catch (error) {
    return { path, error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Loads every key module once, in a process of its own, so that one that does not load is found before it is
 * in force.
 *
 * @param config The configuration.
 * @param signal Ends it: it fails with the signal's reason.
 * @returns What processes have to know of the groups.
 * @throws {MeshError} `INVALID_ARGUMENT` when a module does not load or its default export is no function.
 */
export async function checkedKeyGroups(
  config: ServerConfig,
  signal?: AbortSignal,
): Promise<KeyGroups> {
  const stamps = new Map<string, string>();
  await Promise.all([...keyModulesOf(config)].map(async ([path, [group]]) => {
    const wrong = (why: string) =>
      new MeshError("INVALID_ARGUMENT", `groups.${group}.keyModule ${path}: ${why}`, {
        started: false,
      });
    try {
      stamps.set(path, await stampOf(path));
    } catch (error) {
      throw wrong(error instanceof Error ? error.message : String(error));
    }
    const { error } = await checkKeyModule(config, path, signal);
    signal?.throwIfAborted();
    if (error !== undefined) throw wrong(error);
  }));
  return keyGroupsOf(config.groups, (path) => stamps.get(path)!);
}

/** Names the content of a file. */
async function stampOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return [...new Uint8Array(digest, 0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
