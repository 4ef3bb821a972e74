/**
 * Loads one module of a user and says what it offers; a program of its own, run as a worker is.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { loadKeyFunction, runKeyFunction } from "../client/key_module.ts";
import { judgeAnswer } from "../client/key_owner.ts";
import { type Code, MeshError } from "../errors.ts";
import { readServiceModule } from "../executor/service_module.ts";
import { readSiteModule } from "../webfront/site_module.ts";
import { endWithServer } from "./end_with_server.ts";
import { loadModule } from "./load_module.ts";

/** Whose module it is: of a site, of a service, or of a keyed group. */
export type ModuleKind = "web" | "exec" | "keys";

/** What is known of a module. */
export interface ModuleReport {
  /** Absolute path. */
  readonly path: string;
  /** The service's name; absent for others. */
  readonly service?: string;
  /** Names of the service's handlers. */
  readonly handlers?: readonly string[];
  /** The server that a key module names, if it was asked. */
  readonly owner?: string;
  /** Why it cannot be used, or why it names no server. */
  readonly error?: string;
  /** How a call ends by that. */
  readonly code?: Code;
}

/**
 * Loads a module.
 *
 * @param kind Whose module it is.
 * @param path Absolute path.
 * @param asked For a key module: the group, the size of its table, and the key that it is asked for.
 */
export async function describeModule(
  kind: ModuleKind,
  path: string,
  asked?: { group: string; tableSize: number; key: string },
): Promise<ModuleReport> {
  try {
    if (kind === "keys") {
      const run = await loadKeyFunction(path);
      if (asked === undefined) return { path };
      const found = judgeAnswer(
        { ...asked, module: path, target: "" },
        await runKeyFunction(run, asked.key),
      );
      return found instanceof MeshError
        ? { path, error: found.message, code: found.code }
        : { path, owner: found.name };
    }
    const exports = await loadModule(path);
    if (kind === "web") {
      readSiteModule(path, exports);
      return { path };
    }
    const service = readServiceModule(path, exports);
    return { path, service: service.name, handlers: [...service.handlers.keys()] };
  } catch (error) {
    return { path, error: textOf(error) };
  }
}

/**
 * The program.
 *
 * @param words Kind and path; for a question to a key module also its group, the size of its table and the key.
 */
export async function runDescribe(words: readonly string[]): Promise<never> {
  const [kind, path, group, tableSize, key] = words;
  endWithServer();
  const asked = group === undefined || key === undefined
    ? undefined
    : { group, tableSize: Number(tableSize), key };
  const report = await describeModule(kind as ModuleKind, path!, asked);
  // A line of its own: modules may print when they are loaded.
  console.log(`\n${JSON.stringify(report)}`);
  Deno.exit(0);
}

if (import.meta.main) await runDescribe(Deno.args);
