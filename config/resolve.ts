/**
 * From checked settings to a {@linkcode ServerConfig}: roles, defaults that depend on other settings,
 * absolute paths, files that must exist, and the relations between settings.
 *
 * @module
 */
import { resolve } from "@std/path";
import { SLOTS_DEFAULT, SLOTS_MAX, UNIX_PATH_MAX_BYTES } from "../limits.ts";
import { type Fault, showValue } from "./fault.ts";
import type { Absolute, ReportFault } from "./named_files.ts";
import { resolveGroups } from "./groups.ts";
import { type Raw } from "./merge.ts";
import { resolveNameServer } from "./name_server.ts";
import { checkStrayFlags, rolesOf } from "./roles.ts";
import { defaultRuntimeDir, RuntimeFile } from "./runtime_dir.ts";
import type { Settings } from "./schema.ts";
import { readSecretFile } from "./secret.ts";
import type { ExecConfig, ServerConfig, WebConfig } from "./types.ts";
import { sourceOf } from "./validate.ts";
import { listenAddress, resolveExec, resolveWeb } from "./workers.ts";

/** What {@linkcode resolveConfig} needs besides the settings. */
export interface ResolveContext {
  /** Path of a setting → flag or variable it came from. */
  readonly sources: ReadonlyMap<string, string>;
  /** The file's contents: its sections decide the roles when nothing else does. */
  readonly file: Raw;
  /** Absolute directory of the file: relative paths in it start there. */
  readonly fileDir: string;
  /** Absolute directory where relative paths of flags and environment start. */
  readonly cwd: string;
}

/** What {@linkcode resolveConfig} finds: the configuration is good exactly if there is no fault. */
export interface Resolved {
  /** The configuration, to be used only when there is no fault. */
  readonly config: ServerConfig;
  /** What is wrong with the settings together, or with the files they name. */
  readonly faults: readonly Fault[];
}

/**
 * Completes settings and checks what no schema can check.
 *
 * @param settings Settings that obey the schema.
 * @param context Where they come from.
 * @returns The configuration and all faults.
 */
export async function resolveConfig(
  settings: Settings,
  context: ResolveContext,
): Promise<Resolved> {
  const faults: Fault[] = [];
  const fault = (path: string, seen: string, allowed: string) => {
    const source = sourceOf(path, context.sources);
    faults.push({ path, seen, allowed, ...(source === undefined ? {} : { source }) });
  };
  const absolute = (path: string, value: string) =>
    resolve(sourceOf(path, context.sources) === undefined ? context.fileDir : context.cwd, value);

  const roles = rolesOf(settings, context.file);
  if (roles.length === 0) {
    fault("roles", "nothing", 'a role: --role web, exec or name, or several ("roles" in the file)');
  }
  checkStrayFlags(roles, context.sources, fault);

  const name = settings.name ?? `${roles[0] ?? "server"}-${randomDigits()}`;
  const web = roles.includes("web") ? await resolveWeb(settings, absolute, fault) : undefined;
  const exec = roles.includes("exec") ? await resolveExec(settings, absolute, fault) : undefined;
  const nameServer = roles.includes("name") ? resolveNameServer(settings, fault) : undefined;
  const runtimeDir = settings.shm.runtimeDir === undefined
    ? defaultRuntimeDir(name)
    : absolute("shm.runtimeDir", settings.shm.runtimeDir);
  checkRuntimeDir(runtimeDir, fault);
  const secret = await resolveSecret(settings, absolute, fault);
  const admin = listenAddress(settings.admin.listen);
  const linkListen = listenAddress(settings.link.listen);

  if (settings.link.advertise !== undefined && linkListen === undefined) {
    fault("link.advertise", "no link.listen", "an address where links are accepted (--link)");
  }

  const config: ServerConfig = {
    name,
    roles,
    runtimeDir,
    runtimeDirIsDefault: settings.shm.runtimeDir === undefined,
    slots: resolveSlots(settings, processesOf(web, exec), fault),
    spaceBytes: settings.shm.spaceBytes,
    ...(web && { web }),
    ...(exec && { exec }),
    ...(nameServer && { nameServer }),
    link: {
      connect: settings.link.connect,
      ...(linkListen && { listen: linkListen }),
      ...(settings.link.advertise !== undefined && { advertise: settings.link.advertise }),
      ...(secret !== undefined && { secret }),
    },
    ...(admin && { admin }),
    limits: settings.limits,
    groups: await resolveGroups(settings.groups, absolute, fault),
    log: settings.log,
  };
  return { config, faults };
}

async function resolveSecret(
  { link }: Settings,
  absolute: Absolute,
  fault: ReportFault,
): Promise<string | undefined> {
  if (link.secretFile === undefined) return link.secret;
  if (link.secret !== undefined) {
    fault("link.secretFile", "a secret and a file of one", "one of link.secret, link.secretFile");
    return undefined;
  }
  const path = absolute("link.secretFile", link.secretFile);
  return await readSecretFile("link.secretFile", path, link.secretFile, fault);
}

/** How many worker processes there are, and how one comes to that number. */
function processesOf(web?: WebConfig, exec?: ExecConfig): { count: number; because: string } {
  const projects = exec?.projects.length ?? 0;
  const perProject = exec?.processes ?? 0;
  return {
    count: (web?.processes ?? 0) + perProject * projects,
    because: projects > 1
      ? ` (exec.processes is ${perProject}, for each of ${projects} projects)`
      : "",
  };
}

function resolveSlots(
  { shm }: Settings,
  { count, because }: { count: number; because: string },
  fault: ReportFault,
): number {
  // One slot more than there are processes: other programs can always attach.
  const least = count + 1;
  const slots = shm.slots ?? Math.max(SLOTS_DEFAULT, least);
  if (slots > SLOTS_MAX) {
    const most = `at most ${SLOTS_MAX - 1} processes of all roles`;
    fault("shm.slots", `${count} processes${because}`, most);
  } else if (slots < least) {
    fault(
      "shm.slots",
      String(slots),
      `at least ${least}: one more than there are processes${because}`,
    );
  }
  return slots;
}

function checkRuntimeDir(runtimeDir: string, fault: ReportFault): void {
  const bytes = new TextEncoder().encode(`${runtimeDir}/${RuntimeFile.CONTROL}`).length;
  const spare = UNIX_PATH_MAX_BYTES - bytes;
  if (spare < 0) {
    fault(
      "shm.runtimeDir",
      showValue(runtimeDir),
      `a path shorter by ${-spare} bytes (Unix sockets)`,
    );
  }
}

function randomDigits(): string {
  return crypto.getRandomValues(new Uint8Array(3)).toHex();
}
