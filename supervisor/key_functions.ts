/**
 * Key functions of keyed groups, out of the modules that the configuration names.
 *
 * @module
 */
import { toFileUrl } from "@std/path";
import type { GroupConfig as ConfiguredGroup } from "../config/types.ts";
import { MeshError } from "../errors.ts";
import type { GroupConfig, KeyFunction } from "../routing/types.ts";

let loads = 0;

/**
 * The groups as the router wants them: keyed ones with their key function.
 *
 * @param groups As configured.
 * @returns The same groups; modules are loaded anew each time, so that a reload sees their changes.
 * @throws {MeshError} `INVALID_ARGUMENT` when a module does not load or its default export is no function.
 */
export function withKeyFunctions(groups: readonly ConfiguredGroup[]): Promise<GroupConfig[]> {
  return Promise.all(groups.map(async (group) => {
    if (group.mode !== "keyed" || group.keyModule === undefined) return group;
    return { ...group, keyFunction: await loadKeyFunction(group.name, group.keyModule) };
  }));
}

async function loadKeyFunction(group: string, path: string): Promise<KeyFunction> {
  const url = toFileUrl(path);
  // Another URL is another module to Deno, and is read again.
  if (++loads > 1) url.searchParams.set("load", String(loads));
  let exported: unknown;
  try {
    exported = (await import(url.href)).default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw wrong(group, path, `it does not load: ${reason}`, cause);
  }
  if (typeof exported !== "function") {
    throw wrong(group, path, "its default export is no function (key → server's name)");
  }
  return (key) => {
    const server = exported(key);
    return typeof server === "string" ? server : undefined;
  };
}

function wrong(group: string, path: string, why: string, cause?: unknown): MeshError {
  return new MeshError("INVALID_ARGUMENT", `groups.${group}.keyModule ${path}: ${why}`, {
    started: false,
    cause,
  });
}
