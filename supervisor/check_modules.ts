/**
 * Loading modules without running a server: what `mesh check` does.
 *
 * @module
 */
import type { ServerConfig } from "../config/types.ts";
import { describeModule, type ModuleReport } from "./describe_module.ts";
import { isCompiled } from "./spawn.ts";
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
  if (isCompiled) return await describeModule(kind, path);
  const importMapPath = Deno.makeTempFileSync({ prefix: "mesh-check-", suffix: ".json" });
  try {
    const project = findProject(path);
    Deno.writeTextFileSync(importMapPath, JSON.stringify(project.importMap));
    const output = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-all",
        "--unstable-net",
        ...(project.configPath === undefined ? ["--no-config"] : ["--config", project.configPath]),
        ...(project.locked ? [] : ["--no-lock"]),
        "--import-map",
        importMapPath,
        new URL("./describe_module.ts", import.meta.url).href,
        kind,
        path,
      ],
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
    Deno.removeSync(importMapPath);
  }
}
