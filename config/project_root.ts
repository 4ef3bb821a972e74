/**
 * The project that a module of a user belongs to: where Deno finds its configuration when the module is run.
 *
 * It is the nearest directory at or above the module's own that has a `deno.json`, a `deno.jsonc` or a
 * `package.json`; if that is a member of a workspace, the workspace's root. Paths are taken as they are written: a
 * project that is reached by a symbolic link is what lies around the link.
 *
 * @module
 */
import { dirname, globToRegExp, isGlob, join, resolve } from "@std/path";
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";
import { parseLooseJson } from "./loose_json.ts";

/** A file of a project's configuration. */
export interface ProjectFile {
  /** Its absolute path. */
  readonly path: string;
  /** What is in it. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** A directory with the configuration of a project. */
export interface ProjectRoot {
  /** Its absolute path. */
  readonly directory: string;
  /** Its `deno.json` or `deno.jsonc`. */
  readonly denoJson?: ProjectFile;
  /** Its `package.json`. */
  readonly packageJson?: ProjectFile;
}

/**
 * Finds the root of a module's project.
 *
 * @param modulePath Absolute path of the module.
 * @returns `undefined` when nothing is configured at or above its directory.
 * @throws {MeshError} `INVALID_ARGUMENT` when a file on the way is no valid configuration.
 */
export function findProjectRoot(modulePath: string): ProjectRoot | undefined {
  let nearest: ProjectRoot | undefined;
  for (let directory = outsidePackages(dirname(modulePath));; directory = dirname(directory)) {
    const root = rootAt(directory);
    if (root !== undefined) {
      if (isWorkspace(root)) {
        return nearest === undefined || hasMember(root, nearest) ? root : nearest;
      }
      nearest ??= root;
    }
    if (directory === dirname(directory)) return nearest;
  }
}

/** Modules by their projects, in the order of the first of each; those without configuration are together. */
export function groupByProject(modulePaths: readonly string[]): string[][] {
  const groups = Map.groupBy(modulePaths, (path) => findProjectRoot(path)?.directory);
  return [...groups.values()];
}

/** Deno looks for no configuration inside of installed packages. */
function outsidePackages(directory: string): string {
  const parts = directory.split("/");
  const at = parts.indexOf("node_modules");
  return at < 0 ? directory : parts.slice(0, at).join("/") || "/";
}

function rootAt(directory: string): ProjectRoot | undefined {
  const denoJson = readProjectFile(join(directory, "deno.json")) ??
    readProjectFile(join(directory, "deno.jsonc"));
  const packageJson = Deno.env.get("DENO_NO_PACKAGE_JSON") === "1"
    ? undefined
    : readProjectFile(join(directory, "package.json"));
  if (denoJson === undefined && packageJson === undefined) return undefined;
  return { directory, ...(denoJson && { denoJson }), ...(packageJson && { packageJson }) };
}

/**
 * Reads a file of a project's configuration.
 *
 * @param path Its absolute path.
 * @returns `undefined`: there is none.
 * @throws {MeshError} `INVALID_ARGUMENT` when it is not valid.
 */
export function readProjectFile(path: string): ProjectFile | undefined {
  let text: string;
  try {
    // A pipe would wait for somebody who writes into it.
    if (!Deno.statSync(path).isFile) return undefined;
    text = Deno.readTextFileSync(path);
  } catch {
    return undefined; // or nothing that this user may read, which Deno passes by, too
  }
  try {
    // A file that is blank says nothing.
    const value = /\bdeno\.jsonc?$/.test(path)
      ? parseLooseJson(text) ?? {}
      : JSON.parse(text.trim() || "{}");
    const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
    if (!isObject) throw new Error("it is not an object");
    return { path, content: value as Record<string, unknown> };
  } catch (cause) {
    const reason = textOf(cause);
    throw new MeshError("INVALID_ARGUMENT", `cannot read ${path}: ${reason}`, {
      started: false,
      cause,
    });
  }
}

function isWorkspace({ denoJson, packageJson }: ProjectRoot): boolean {
  const isSaid = (value: unknown) => value !== undefined && value !== null;
  return isSaid(denoJson?.content.workspace) || isSaid(packageJson?.content.workspaces);
}

/** Whether a workspace counts a directory with a configuration as its own. */
function hasMember({ directory, denoJson, packageJson }: ProjectRoot, nearest: ProjectRoot) {
  const among = (patterns: readonly string[]) => {
    const matches = (pattern: string) => {
      const path = resolve(directory, pattern);
      return isGlob(pattern)
        ? globToRegExp(path, { os: "linux" }).test(nearest.directory)
        : path === nearest.directory;
    };
    return patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern)) &&
      !patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1)));
  };
  return among(namesOf(denoJson?.content.workspace, "members")) ||
    (nearest.packageJson !== undefined &&
      among(namesOf(packageJson?.content.workspaces, "packages")));
}

/** A list of names, or an object that has it. */
function namesOf(value: unknown, field: string): string[] {
  const list = Array.isArray(value) ? value : (value as Record<string, unknown> | null)?.[field];
  return Array.isArray(list) ? list.filter((name) => typeof name === "string") : [];
}
