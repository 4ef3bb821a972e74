/**
 * The configuration of a server from everything it can come from.
 *
 * @module
 */
import { dirname, resolve } from "@std/path";
import { ConfigError, type Fault } from "./fault.ts";
import { readConfigFile } from "./config_file.ts";
import { merge } from "./merge.ts";
import { resolveConfig } from "./resolve.ts";
import { CONFIG_ENV, CONFIG_FILE, CONFIG_FLAG, type FlagValues } from "./settings.ts";
import type { ServerConfig } from "./types.ts";
import { validate } from "./validate.ts";

/** Where settings come from: flags > environment > file. */
export interface LoadOptions {
  /** Flags of the command line; `config` names the file. Default: none. */
  readonly flags?: FlagValues;
  /** The environment. Default: empty. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Absolute path where relative paths of flags and environment start. Default: the working directory. */
  readonly cwd?: string;
}

/** A configuration and the file it came from. */
export interface LoadedConfig {
  /** The resolved configuration. */
  readonly config: ServerConfig;
  /** The file, as it was named; `undefined` when there was none. */
  readonly file: string | undefined;
}

/**
 * Loads the configuration: reads the file (the one named by `--config` or `MESH_CONFIG`, else `mesh.json`
 * in the working directory if it is there), lays environment and flags over it, checks and completes it.
 *
 * @param options Where settings come from.
 * @returns The configuration, fully resolved.
 * @throws {ConfigError} With every fault at once.
 *
 * @example
 * ```ts ignore
 * const { config } = await loadConfig({ flags: { role: "exec", services: "./services" } });
 * ```
 */
export async function loadConfig(options: LoadOptions = {}): Promise<LoadedConfig> {
  const { flags = {}, env = {}, cwd = Deno.cwd() } = options;
  const flag = flags[CONFIG_FLAG];
  const named = (typeof flag === "string" ? flag : flag?.at(-1)) ?? (env[CONFIG_ENV] || undefined);
  const path = resolve(cwd, named ?? CONFIG_FILE);
  const content = await readConfigFile(path, named);
  if ("fault" in content) throw new ConfigError([content.fault], named ?? CONFIG_FILE);

  const file = content.found ? named ?? CONFIG_FILE : undefined;
  const merged = merge(content.raw, env, flags);
  const { settings, faults } = validate(merged);
  const { config, faults: further } = await resolveConfig(settings, {
    sources: merged.sources,
    file: content.raw,
    fileDir: dirname(path),
    cwd,
  });
  const all = [...faults, ...further.filter((fault) => !isConsequence(fault, faults))];
  if (all.length > 0) throw new ConfigError(all, file);
  return { config, file };
}

/** Whether a fault found later only follows from a setting that was left out as faulty. */
function isConsequence(later: Fault, faults: readonly Fault[]): boolean {
  const isInside = (inner: string, outer: string) =>
    inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
  return faults.some(({ path }) =>
    isInside(later.path, path) || (later.seen === "nothing" && isInside(path, later.path))
  );
}
