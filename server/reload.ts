/**
 * Changing a running server's configuration.
 *
 * @module
 */
import type { ServerConfig } from "../config/types.ts";
import type { Discovery } from "../discovery/discovery.ts";
import { MeshError } from "../errors.ts";
import { KEY_MODULES_LOADED_MS } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import type { LateProcess } from "../proxy/key_news.ts";
import type { Proxy } from "../proxy/proxy.ts";
import { checkedKeyGroups } from "./key_modules.ts";

/** What a reload has done. */
export interface ReloadReport {
  /** Settings that are in force now. */
  readonly reloaded: readonly string[];
  /** Settings that have changed in the file and need a restart. */
  readonly needRestart: readonly string[];
  /** Processes that do not use the key modules as they are now. */
  readonly late: readonly LateProcess[];
}

/** Sections that only a restart changes. The name and the runtime directory are made up when nobody names them. */
const FIXED = [
  "roles",
  "slots",
  "spaceBytes",
  "web",
  "exec",
  "nameServer",
  "admin",
  "limits",
  "log",
] as const;

/** What a reload works on. */
export interface ReloadParts {
  /** The configuration that the server was started with. */
  readonly running: ServerConfig;
  /** Reads it again. */
  readonly readConfig: (() => Promise<ServerConfig>) | undefined;
  readonly proxy: Proxy;
  /** What the server dials. */
  readonly discovery: Discovery;
  /** Where it is noted. */
  readonly log: Logger;
  /** Paths of the key modules that its workers may have to load; new ones are added. */
  readonly keyModules: Set<string>;
}

/**
 * Reads the configuration again and puts into force what can be: the groups, and whom to dial. Calls under
 * way are not touched.
 *
 * @param parts See {@linkcode ReloadParts}.
 * @returns When the processes have loaded the key modules that have changed, or had their time for it.
 * @throws {MeshError} `UNIMPLEMENTED` when the configuration cannot be read again; whatever is wrong with it.
 */
export async function reloadServer(parts: ReloadParts): Promise<ReloadReport> {
  const { running, readConfig, proxy, discovery, log } = parts;
  if (readConfig === undefined) {
    throw new MeshError("UNIMPLEMENTED", "this server was not started from a configuration");
  }
  const config = await readConfig();
  const keyGroups = await checkedKeyGroups(config);
  for (const { module } of keyGroups.groups) parts.keyModules.add(module);
  proxy.setGroups(config.groups, keyGroups);
  discovery.configure(config.link.connect);
  const needRestart: string[] = FIXED.filter((name) =>
    JSON.stringify(config[name]) !== JSON.stringify(running[name])
  );
  for (const name of ["listen", "advertise"] as const) {
    if (JSON.stringify(config.link[name]) !== JSON.stringify(running.link[name])) {
      needRestart.push(`link.${name}`);
    }
  }
  const late = await proxy.keyNews.settled(KEY_MODULES_LOADED_MS);
  log.info("configuration reloaded", {
    groups: config.groups.map(({ name }) => name),
    needRestart,
    ...(late.length > 0 && { late }),
  });
  return { reloaded: ["groups", "link.connect"], needRestart, late };
}
