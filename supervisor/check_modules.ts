/**
 * Loading modules without running a server: what `mesh check` does.
 *
 * @module
 */
import { join } from "@std/path";
import type { ServerConfig } from "../config/types.ts";
import { denoCommand } from "./deno_command.ts";
import { describeModule, type ModuleReport } from "./describe_module.ts";
import { findProject } from "./user_project.ts";

export type { ModuleReport };

/**
 * Loads every module of a configuration, each in a process of its own as a worker would.
 *
 * @param config The configuration.
 * @returns A report per module: the site first, then the services.
 */
export async function checkModules(config: ServerConfig): Promise<ModuleReport[]> {
  const reports: ModuleReport[] = [];
  if (config.web !== undefined) reports.push(await check("web", config.web.site));
  for (const path of config.exec?.services ?? []) reports.push(await check("exec", path));
  return reports;
}

async function check(kind: "web" | "exec", path: string): Promise<ModuleReport> {
  const directory = Deno.makeTempDirSync({ prefix: "mesh-check-" });
  try {
    const words = denoCommand(
      "describe_module.ts",
      findProject(path),
      join(directory, "import_map.json"),
    );
    if (words === undefined) return await describeModule(kind, path);
    const [command = "", ...args] = words;
    const output = await new Deno.Command(command, {
      args: [...args, kind, path],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
      env: { NO_COLOR: "1" },
    }).output();
    const line = new TextDecoder().decode(output.stdout).trim().split("\n").at(-1) ?? "";
    try {
      return JSON.parse(line);
    } catch {
      return { path, error: `loading it ended the process (exit code ${output.code})` };
    }
  } catch (error) {
    return { path, error: error instanceof Error ? error.message : String(error) };
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}
