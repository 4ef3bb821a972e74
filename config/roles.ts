/**
 * Which roles a server has.
 *
 * @module
 */
import type { ReportFault } from "./named_files.ts";
import type { Raw } from "./merge.ts";
import type { Settings } from "./schema.ts";
import { SETTINGS } from "./settings.ts";
import type { Role } from "./types.ts";

/**
 * The roles of a server: those that are named, else those that have a section in the file or a module.
 *
 * @param settings All settings.
 * @param file Contents of the file.
 * @returns The roles, none twice; empty when nothing says any.
 */
export function rolesOf(settings: Settings, file: Raw): Role[] {
  if (settings.roles !== undefined) return [...new Set(settings.roles)];
  const roles: Role[] = [];
  if (file["web"] !== undefined || settings.web.site !== undefined) roles.push("web");
  if (file["exec"] !== undefined || settings.exec.services !== undefined) roles.push("exec");
  if (file["nameServer"] !== undefined) roles.push("name");
  return roles;
}

/**
 * Reports flags of a role that the server does not have. In a file or in the environment, which several
 * servers may share, they are no mistake.
 *
 * @param roles The server's roles.
 * @param sources Path of a setting → flag or variable it came from.
 * @param fault Takes the faults.
 */
export function checkStrayFlags(
  roles: readonly Role[],
  sources: ReadonlyMap<string, string>,
  fault: ReportFault,
): void {
  if (roles.length === 0) return;
  for (const { paths, onlyName } of SETTINGS) {
    const needed = new Set(paths.map((path) => path.replace(/\..*/, "")));
    if (![...needed].every((section) => section === "web" || section === "exec")) continue;
    const [path] = paths;
    if (
      path === undefined || !sources.get(path)?.startsWith("--") ||
      roles.some((role) => needed.has(role))
    ) continue;
    if (onlyName !== undefined) needed.add("name");
    fault(
      path,
      `the role ${roles.join(" and ")}`,
      `this flag with --role ${[...needed].join("|")}`,
    );
  }
}
