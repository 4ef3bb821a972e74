/**
 * The project a user's module belongs to, and how its imports are resolved in a worker.
 *
 * A worker runs under the user's `deno.json`, not ours: with `--config`, so that compiler options, npm
 * dependencies and scopes hold, and with a merged import map, in which `mesh` means this very copy of
 * mesh. So user modules and the worker share the same instances (`MeshError`, for instance).
 *
 * @module
 */
import { parse as parseJsonc } from "@std/jsonc";
import { dirname, join, toFileUrl } from "@std/path";
import { MeshError } from "../errors.ts";

/** A user's project. */
export interface UserProject {
  /** Absolute path of its `deno.json` or `deno.jsonc`; absent: it has none. */
  readonly configPath?: string;
  /** Whether a `deno.lock` lies beside it. */
  readonly locked: boolean;
  /** The import map for workers. */
  readonly importMap: ImportMap;
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#import-maps */
export interface ImportMap {
  readonly imports: Readonly<Record<string, string>>;
  readonly scopes?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const CONFIG_NAMES = ["deno.json", "deno.jsonc"];

/**
 * Finds the project of a module: the nearest `deno.json` at or above its directory.
 *
 * @param modulePath Absolute path of the module.
 * @throws {MeshError} `INVALID_ARGUMENT` when the file found is no valid configuration.
 */
export function findProject(modulePath: string): UserProject {
  for (let directory = dirname(modulePath);; directory = dirname(directory)) {
    for (const name of CONFIG_NAMES) {
      const configPath = join(directory, name);
      if (!isFile(configPath)) continue;
      return {
        configPath,
        locked: isFile(join(directory, "deno.lock")),
        importMap: mergedImportMap(configPath),
      };
    }
    if (directory === dirname(directory)) break;
  }
  return { locked: false, importMap: { imports: ownImports() } };
}

/**
 * The names under which users import mesh itself.
 *
 * @param root Where our modules are.
 */
export function ownImports(root = new URL("..", import.meta.url)): Record<string, string> {
  return {
    "mesh": new URL("mod.ts", root).href,
    "mesh/testing": new URL("testing.ts", root).href,
  };
}

function mergedImportMap(configPath: string): ImportMap {
  const config = readJsonc(configPath);
  let base = toFileUrl(configPath);
  let map: { imports?: unknown; scopes?: unknown } = config;
  if (typeof config.importMap === "string") {
    base = new URL(config.importMap, base);
    if (base.protocol !== "file:") {
      throw new MeshError(
        "INVALID_ARGUMENT",
        `${configPath}: importMap is ${config.importMap}; mesh can follow a local file only`,
        { started: false },
      );
    }
    map = readJsonc(decodeURIComponent(base.pathname));
  }
  const scopes: Record<string, Record<string, string>> = {};
  for (const [scope, imports] of Object.entries(map.scopes ?? {})) {
    scopes[new URL(scope, base).href] = absolute(imports, base);
  }
  return {
    imports: { ...absolute(map.imports, base), ...ownImports() },
    ...(Object.keys(scopes).length === 0 ? {} : { scopes }),
  };
}

/** What `deno.json` means by its imports, written out: paths from its own place, and packages' sub-paths. */
function absolute(imports: unknown, base: URL): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, target] of Object.entries(imports ?? {})) {
    if (typeof target !== "string") continue;
    result[name] = /^\.{0,2}\//.test(target) ? new URL(target, base).href : target;
    const packageOf = /^(npm|jsr):\/?(.*[^/])$/.exec(target);
    if (packageOf && !name.endsWith("/")) {
      result[`${name}/`] ??= `${packageOf[1]}:/${packageOf[2]}/`;
    }
  }
  return result;
}

function readJsonc(path: string): Record<string, unknown> {
  try {
    const value = parseJsonc(Deno.readTextFileSync(path));
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    throw new Error("it is not an object");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MeshError("INVALID_ARGUMENT", `cannot read ${path}: ${reason}`, {
      started: false,
      cause,
    });
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
