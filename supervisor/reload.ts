/**
 * Changing a running server's configuration.
 *
 * @module
 */
import type { ServerConfig } from "../config/types.ts";
import type { Discovery } from "../discovery/discovery.ts";
import { MeshError } from "../errors.ts";
import type { Logger } from "../observe/log.ts";
import type { Proxy } from "../proxy/proxy.ts";
import { withKeyFunctions } from "./key_functions.ts";

/** What a reload has done. */
export interface ReloadReport {
  /** Settings that are in force now. */
  readonly reloaded: readonly string[];
  /** Settings that have changed in the file and need a restart. */
  readonly needRestart: readonly string[];
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

/**
 * Reads the configuration again and puts into force what can be: the groups, and whom to dial. Calls under
 * way are not touched.
 *
 * @param running The configuration that the server was started with.
 * @param readConfig Reads it again.
 * @param proxy The server's proxy.
 * @param discovery What it dials.
 * @param log Where it is noted.
 * @throws {MeshError} `UNIMPLEMENTED` when the configuration cannot be read again; whatever is wrong with it.
 */
export async function reloadServer(
  running: ServerConfig,
  readConfig: (() => Promise<ServerConfig>) | undefined,
  proxy: Proxy,
  discovery: Discovery,
  log: Logger,
): Promise<ReloadReport> {
  if (readConfig === undefined) {
    throw new MeshError("UNIMPLEMENTED", "this server was not started from a configuration");
  }
  const config = await readConfig();
  const groups = await withKeyFunctions(config.groups);
  proxy.setGroups(groups);
  discovery.configure(config.link.connect);
  const needRestart: string[] = FIXED.filter((name) =>
    JSON.stringify(config[name]) !== JSON.stringify(running[name])
  );
  for (const name of ["listen", "advertise"] as const) {
    if (JSON.stringify(config.link[name]) !== JSON.stringify(running.link[name])) {
      needRestart.push(`link.${name}`);
    }
  }
  log.info("configuration reloaded", { groups: groups.map(({ name }) => name), needRestart });
  return { reloaded: ["groups", "link.connect"], needRestart };
}
