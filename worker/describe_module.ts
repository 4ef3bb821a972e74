/**
 * Loads modules of a user as a worker does, and says what they offer; a program of its own, run as a worker is.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { loadKeyFunction, runKeyFunction } from "../client/key_module.ts";
import { judgeAnswer } from "../client/key_owner.ts";
import { type Code, MeshError } from "../errors.ts";
import { readServiceModule } from "../executor/service_module.ts";
import { readSiteModule } from "../webfront/site_module.ts";
import { withAdvice } from "./advice.ts";
import { endWithServer } from "./end_with_server.ts";
import { loadModule } from "./load_module.ts";
import { dropAttachPermissions } from "./sandbox.ts";
import type { Sandbox } from "./assignment.ts";

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

/** What is to be loaded, and how. */
export interface DescribeJob {
  readonly kind: ModuleKind;
  /** Absolute paths of the modules, in the order in which they are loaded. */
  readonly paths: readonly string[];
  /** Key modules that are loaded after them. */
  readonly keyModules?: readonly string[];
  /** Whom to ask: for one key module. */
  readonly asked?: { readonly group: string; readonly tableSize: number; readonly key: string };
  /** How a worker would be sandboxed. */
  readonly sandbox?: Sandbox | undefined;
}

/**
 * Loads modules.
 *
 * @returns What is known of the last one, or of the first that cannot be used.
 */
export async function describeModules(job: DescribeJob): Promise<ModuleReport> {
  const { kind, paths, keyModules = [], sandbox } = job;
  let path = paths[0] ?? "";
  let report: ModuleReport = { path };
  try {
    if (sandbox !== undefined) await dropAttachPermissions(sandbox.granted, sandbox.needed);
    for (path of paths) report = await describeModule(kind, path, job.asked);
    for (path of keyModules) await describeModule("keys", path);
    return report;
  } catch (error) {
    // A service or a site has got its advice already.
    const isKeyModule = keyModules.includes(path) || kind === "keys";
    return { path, error: isKeyModule ? withAdvice(textOf(error), path) : textOf(error) };
  }
}

async function describeModule(
  kind: ModuleKind,
  path: string,
  asked?: DescribeJob["asked"],
): Promise<ModuleReport> {
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
}

/**
 * The program.
 *
 * @param words The job, as JSON.
 */
export async function runDescribe([job = ""]: readonly string[]): Promise<never> {
  endWithServer();
  const report = await describeModules(JSON.parse(job));
  // A line of its own: modules may print when they are loaded.
  console.log(`\n${JSON.stringify(report)}`);
  Deno.exit(0);
}
