/**
 * The key modules of a configuration, as its server sees them: files, whose code it never runs itself.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { type KeyGroups, keyGroupsOf } from "../wire/key_groups.ts";
import type { ServerConfig } from "../config/types.ts";
import { MeshError } from "../errors.ts";
import type { ModuleReport } from "../worker/describe_module.ts";
import { inTurns } from "./in_turns.ts";
import { describeInProcess } from "./module_process.ts";
import { execStaff, firstModule, webStaff } from "../supervisor/staff.ts";
import { findProject } from "../supervisor/user_project.ts";

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
 * Loads a key module in processes of its own, as the workers would: under the project of each, with what it may do.
 *
 * @param config Whose workers.
 * @param path The module's absolute path.
 * @param signal Ends the processes.
 */
export async function checkKeyModule(
  config: ServerConfig,
  path: string,
  signal?: AbortSignal,
): Promise<ModuleReport> {
  try {
    const workers = [...webStaff(config, 0), ...execStaff(config, keyModulesOf(config).keys())]
      .map(({ work }) => ({
        module: firstModule(work),
        sandbox: work.kind === "exec" ? work.sandbox : undefined,
      }));
    if (workers.length === 0) workers.push({ module: path, sandbox: undefined });
    const ways = new Map(workers.map(({ module, sandbox }) => {
      const project = findProject(module);
      return [`${project.directory} ${sandbox !== undefined}`, { project, sandbox }];
    }));
    const reports = await inTurns([...ways.values()].map(({ project, sandbox }) => async () => {
      const job = { kind: "keys", paths: [path], sandbox } as const;
      return { project, ...await describeInProcess(job, project, signal) };
    }));
    const failed = reports.find(({ error }) => error !== undefined);
    if (failed === undefined) return { path };
    const { project, error = "" } = failed;
    const where = ways.size > 1 ? ` (in the project ${project.directory})` : "";
    return { path, error: `${error}${where}` };
  } catch (error) {
    return { path, error: textOf(error) };
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
      throw wrong(textOf(error));
    }
    const { error } = await checkKeyModule(config, path, signal);
    signal?.throwIfAborted();
    if (error !== undefined) throw wrong(error);
  }));
  return keyGroupsOf(config.groups, (path) => stamps.get(path) ?? "");
}

/** Names the content of a file. */
async function stampOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return [...new Uint8Array(digest, 0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
