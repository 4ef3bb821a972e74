/**
 * What a process is told of groups that are keyed by a module: whose key functions it has to ask itself.
 *
 * @module
 */

/** A group whose servers are named by a key module. */
export interface KeyGroup {
  /** The group's name. */
  readonly name: string;
  /** Its services. */
  readonly services: readonly string[];
  /** Keys of its table: the proxy knows their servers, and the function is not asked for them. */
  readonly keys: readonly string[];
  /** Absolute path of the module. */
  readonly module: string;
  /** Names the module's content: another content, another stamp. */
  readonly stamp: string;
}

/** All of them. */
export interface KeyGroups {
  /** The groups. */
  readonly groups: readonly KeyGroup[];
  /** Services of the other groups; only when the default group, which has all the rest, is keyed by a module. */
  readonly others?: readonly string[];
}

/** What is read of a configured group. */
export interface ConfiguredGroup {
  readonly name: string;
  readonly services: readonly string[];
  readonly mode: string;
  readonly keys?: Readonly<Record<string, string>>;
  readonly keyModule?: string;
}

/** Name of the group that has every service which no other group names. */
export const DEFAULT_GROUP_NAME = "default";

/**
 * Picks the groups that are keyed by a module.
 *
 * @param groups As configured.
 * @param stampOf Names the content of the module at a path.
 */
export function keyGroupsOf(
  groups: readonly ConfiguredGroup[],
  stampOf: (path: string) => string,
): KeyGroups {
  const byModule: KeyGroup[] = [];
  const others: string[] = [];
  for (const { name, services, mode, keys, keyModule: module } of groups) {
    if (mode !== "keyed" || module === undefined) others.push(...services);
    else {
      const stamp = stampOf(module);
      byModule.push({ name, services, keys: Object.keys(keys ?? {}), module, stamp });
    }
  }
  const all = byModule.some(({ name }) => name === DEFAULT_GROUP_NAME);
  return { groups: byModule, ...(all && { others }) };
}
