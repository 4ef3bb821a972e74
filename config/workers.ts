/**
 * What the worker processes of a server run, and how many there are.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { PROCESSES_DEFAULT_MAX } from "../limits.ts";
import { type Address, parseAddress } from "../address.ts";
import { type Absolute, checkFile, type ReportFault } from "./named_files.ts";
import { findProjectRoot, groupByProject } from "./project_root.ts";
import type { Settings } from "./schema.ts";
import { expandServices } from "./services.ts";
import type { ExecConfig, Permissions, WebConfig } from "./types.ts";

/** Completes the section `web` of a server with that role. */
export async function resolveWeb(
  { web }: Settings,
  absolute: Absolute,
  fault: ReportFault,
): Promise<WebConfig> {
  let site = "";
  if (web.site === undefined) {
    fault("web.site", "nothing", "the site's module: the role web needs one (--site file)");
  } else {
    site = absolute("web.site", web.site);
    const isThere = await checkFile("web.site", site, web.site, fault);
    if (isThere) orFault("web.site", () => findProjectRoot(site), fault);
  }
  return {
    ...listenAddress(web.listen),
    processes: web.processes ?? defaultProcesses(),
    site,
    cookie: web.cookie,
    onUncaught: web.onUncaught,
  };
}

/** Completes the section `exec` of a server with that role. */
export async function resolveExec(
  { exec }: Settings,
  absolute: Absolute,
  fault: ReportFault,
): Promise<ExecConfig> {
  const patterns = exec.services ?? [];
  if (patterns.length === 0) {
    fault("exec.services", "nothing", "services: the role exec needs some (--services files|dir)");
  }
  const { files, faults } = await expandServices(patterns, absolute("exec.services", "."));
  for (const { seen, allowed } of faults) fault("exec.services", seen, allowed);
  const permissions = exec.permissions && resolvePermissions(exec.permissions, absolute);
  return {
    processes: exec.processes ?? defaultProcesses(),
    services: files,
    projects: orFault("exec.services", () => groupByProject(files), fault) ?? [files],
    ...(permissions && { permissions }),
    onUncaught: exec.onUncaught,
  };
}

/** A project whose configuration cannot be read is a wrong configuration. */
function orFault<T>(setting: string, find: () => T, fault: ReportFault): T | undefined {
  try {
    return find();
  } catch (error) {
    fault(setting, textOf(error), "modules of a project that Deno can run");
    return undefined;
  }
}

function resolvePermissions(
  granted: NonNullable<Settings["exec"]["permissions"]>,
  absolute: Absolute,
): Permissions {
  const permissions: Record<string, true | readonly string[]> = {};
  for (const [name, grant] of Object.entries(granted)) {
    if (grant === undefined || grant === false) continue;
    const isPath = name === "read" || name === "write" || name === "ffi";
    permissions[name] = isPath && grant !== true
      ? grant.map((path) => absolute("exec.permissions", path))
      : grant;
  }
  return permissions;
}

/** An address for listening out of a setting; the schema has checked it already. */
export function listenAddress(text: string): Address;
/** The same of a setting that may be absent. */
export function listenAddress(text: string | undefined): Address | undefined;
/** Both. */
export function listenAddress(text: string | undefined): Address | undefined {
  return text === undefined ? undefined : parseAddress(text, { anyPort: true }) ?? undefined;
}

function defaultProcesses(): number {
  return Math.min(PROCESSES_DEFAULT_MAX, navigator.hardwareConcurrency);
}
