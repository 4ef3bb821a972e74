/**
 * The proxy groups out of their settings.
 *
 * @module
 */
import { keyGroupsOf } from "../wire/key_groups.ts";
import { KEY_GROUPS_MAX_BYTES } from "../limits.ts";
import { showPath } from "./fault.ts";
import { type Absolute, checkFile, type ReportFault } from "./named_files.ts";
import type { GroupConfig } from "../routing/types.ts";
import type { Settings } from "./schema.ts";

/** The group of every service that no other group names. */
export const DEFAULT_GROUP = "default";

/**
 * Completes the groups and checks them together.
 *
 * @param settings The section `groups`.
 * @param absolute Makes paths absolute.
 * @param fault Takes the faults.
 * @returns The groups, `default` always among them.
 */
export async function resolveGroups(
  settings: Settings["groups"],
  absolute: Absolute,
  fault: ReportFault,
): Promise<GroupConfig[]> {
  const groups: GroupConfig[] = [];
  const owner = new Map<string, string>();
  for (const [name, group] of Object.entries(settings)) {
    const path = showPath(["groups", name]);
    for (const service of group.services) {
      const other = owner.get(service);
      if (other !== undefined && other !== name) {
        fault(
          `${path}.services`,
          `"${service}", which "${other}" has too`,
          "one group per service",
        );
      }
      owner.set(service, name);
    }
    if (name !== DEFAULT_GROUP && group.services.length === 0) {
      fault(`${path}.services`, "nothing", "the names of the group's services");
    }
    const { services, servers } = group;
    const base = { name, services, ...(servers && { servers }) };
    if (group.mode === "normal") {
      groups.push({ ...base, mode: "normal", prefer: group.prefer, balance: group.balance });
    } else if (group.mode === "routed") {
      groups.push({ ...base, mode: "routed", loadBound: group.loadBound });
    } else {
      const setting = `${path}.keyModule`;
      const given = group.keyModule;
      const keyModule = given && absolute(setting, given);
      if (given && keyModule) await checkFile(setting, keyModule, given, fault);
      else if (Object.keys(group.keys).length === 0) {
        fault(`${path}.keys`, "no keys", "keys, or a keyModule: the mode keyed needs one");
      }
      groups.push({ ...base, mode: "keyed", keys: group.keys, ...(keyModule && { keyModule }) });
    }
  }
  const bytes = new TextEncoder().encode(JSON.stringify(keyGroupsOf(groups, () => ""))).length;
  if (bytes > KEY_GROUPS_MAX_BYTES) {
    fault(
      "groups",
      `${bytes} bytes of services and keys in groups with a keyModule, which every process is told`,
      `at most ${KEY_GROUPS_MAX_BYTES}`,
    );
  }
  if (!Object.hasOwn(settings, DEFAULT_GROUP)) {
    groups.unshift({
      name: DEFAULT_GROUP,
      services: [],
      mode: "normal",
      prefer: "any",
      balance: "round-robin",
    });
  }
  return groups;
}
