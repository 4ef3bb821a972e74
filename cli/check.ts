/**
 * `mesh check`: is the configuration good, and do the modules load?
 *
 * @module
 */
import { formatAddress } from "../address.ts";
import { refuseOddVariables } from "../config/environment.ts";
import { loadConfig } from "../config/load.ts";
import type { ExecConfig, ServerConfig } from "../config/types.ts";
import { checkModules } from "../server/check_modules.ts";
import { twinServices } from "../worker/twin_services.ts";
import { type Arguments, ExitCode, type Io } from "./command.ts";
import { alignedTable } from "./table.ts";

/**
 * Checks the configuration, loads the modules in a process of their own and prints what they are.
 *
 * @returns 0, or 1 when a module does not load.
 * @throws {ConfigError} For a wrong configuration.
 */
export async function check(args: Arguments, io: Io): Promise<number> {
  refuseOddVariables();
  const { config, file } = await loadConfig({ flags: args.values(), env: io.env, cwd: io.cwd });
  const reports = await checkModules(config);
  await io.out(alignedTable(summary(config, file)));

  const broken = reports.filter(({ error }) => error !== undefined);
  for (const { what, path, service, handlers, groups, error } of reports) {
    if (error !== undefined) {
      const setting = groups === undefined ? "" : ` (groups.${groups.join(", groups.")}.keyModule)`;
      await io.err(`mesh check: ${path}${setting}: ${error}`);
    } else if (groups !== undefined) {
      await io.out(`${what} ${path} for ${groups.join(", ")}\n`);
    } else if (service === undefined) await io.out(`${what} ${path}\n`);
    else {
      const names = handlers?.map((handler) => `${service}.${handler}`) ?? [];
      await io.out(`service ${service} ${path}\n${names.map((name) => `  ${name}\n`).join("")}`);
    }
  }
  const pathOf = new Map<string, string>();
  let clashes = 0;
  for (const { service, path } of reports) {
    if (service === undefined) continue;
    const first = pathOf.get(service);
    if (first === undefined) pathOf.set(service, path);
    else {
      clashes++;
      await io.err(`mesh check: ${twinServices(service, first, path)}`);
    }
  }
  return broken.length + clashes > 0 ? ExitCode.FAILED : ExitCode.DONE;
}

function execText({ processes, projects }: ExecConfig): string {
  const each = projects.length > 1 ? ` for each of ${projects.length} projects` : "";
  return `${processes} processes${each}`;
}

function summary(config: ServerConfig, file: string | undefined): [string, string][] {
  const { web, exec, nameServer, link, admin, slots, spaceBytes } = config;
  return [
    ["configuration", file ?? "flags and environment"],
    ["roles", config.roles.join(", ")],
    ...(web ? [["web", `${formatAddress(web)}, ${web.processes} processes`] as const] : []),
    ...(exec ? [["exec", execText(exec)] as const] : []),
    ...(nameServer
      ? [["name server", `${formatAddress(nameServer)}, zone ${nameServer.zone.zone}`] as const]
      : []),
    ["link", link.listen ? formatAddress(link.listen) : "nobody can dial in"],
    ...(link.advertise === undefined ? [] : [["advertised as", link.advertise] as const]),
    ["connect", link.connect.join(", ") || "nobody"],
    ...(admin ? [["admin", formatAddress(admin)] as const] : []),
    ["shared memory", `${slots} slots of 2 × ${spaceBytes} bytes`],
    ["runtime directory", config.runtimeDir],
  ].map(([name, value]) => [`${name}`, `${value}`]);
}
