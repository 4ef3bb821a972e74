/**
 * Which modules a server's services are: paths, globs and directories become a list of files.
 *
 * @module
 */
import { basename, globToRegExp, isGlob, join, resolve } from "@std/path";
import { textOf } from "../boundary/text.ts";

const ENDING = /\.(?:ts|tsx|js|mjs)$/;
const NOT_A_SERVICE = /(?:^|[_.])test\.[^.]+$|\.d\.ts$/;

/** A pattern that stands for no usable module. */
export interface ServicesFault {
  /** What was seen. */
  readonly seen: string;
  /** What is allowed. */
  readonly allowed: string;
}

/** What {@linkcode expandServices} finds. */
export interface ExpandedServices {
  /** Absolute paths of the modules, in the order of the patterns, none twice. */
  readonly files: readonly string[];
  /** What is wrong with the patterns. */
  readonly faults: readonly ServicesFault[];
}

/**
 * Finds the modules that patterns stand for. A directory stands for every `.ts`, `.tsx`, `.js` and `.mjs`
 * file directly in it, but tests (`x_test.ts`, `x.test.ts`) and declarations (`x.d.ts`); so does a glob.
 *
 * @param patterns Paths, globs and directories.
 * @param base Absolute path that relative ones start from.
 * @returns The modules, and a fault for each pattern without one. Whether two are of one name shows when they
 *   are loaded, since a module may name itself.
 */
export async function expandServices(
  patterns: readonly string[],
  base: string,
): Promise<ExpandedServices> {
  const files = new Set<string>();
  const faults: ServicesFault[] = [];
  for (const pattern of patterns) {
    const found = await expand(resolve(base, pattern)).catch(unreadable);
    if (Array.isArray(found)) { for (const file of found) files.add(file); }
    else faults.push({ seen: JSON.stringify(pattern), ...found });
  }
  return { files: [...files], faults };
}

function unreadable(error: unknown): { allowed: string } {
  return { allowed: `what this user may read (${textOf(error)})` };
}

async function expand(path: string): Promise<string[] | { allowed: string }> {
  const info = await stat(path);
  if (info === undefined && isGlob(path)) {
    const found = await glob(path);
    return found.length > 0 ? found : { allowed: `a glob that matches a module (${path})` };
  }
  if (info === undefined) return { allowed: `an existing file, directory or glob (${path})` };
  if (info.isDirectory) {
    const found = (await list(path)).filter(({ isDirectory, path }) =>
      !isDirectory && isService(path)
    )
      .map(({ path }) => path);
    return found.length > 0
      ? found
      : { allowed: `a directory with modules directly in it (${path})` };
  }
  return ENDING.test(path) ? [path] : { allowed: "a module: .ts, .tsx, .js or .mjs" };
}

function isService(path: string): boolean {
  return ENDING.test(path) && !NOT_A_SERVICE.test(basename(path));
}

/** Files that match a glob: walks from its last directory without wildcards. */
async function glob(pattern: string): Promise<string[]> {
  const parts = pattern.split("/");
  const fixed = parts.slice(0, parts.findIndex((part) => isGlob(part)));
  const expression = globToRegExp(pattern, { os: "linux" });
  const depth = pattern.includes("**") ? Infinity : parts.length - fixed.length;
  const walk = async (directory: string, left: number): Promise<string[]> => {
    const found: string[] = [];
    for (const { path, isDirectory } of await list(directory)) {
      if (!isDirectory) {
        if (expression.test(path) && isService(path)) found.push(path);
      } else if (left > 1 && !/^(?:node_modules$|\.)/.test(basename(path))) {
        found.push(...await walk(path, left - 1));
      }
    }
    return found;
  };
  return await walk(fixed.join("/") || "/", depth);
}

/** What is in a directory, sorted; a link to a directory counts as a file, so that no walk goes in circles. */
async function list(directory: string): Promise<{ path: string; isDirectory: boolean }[]> {
  const found: { path: string; isDirectory: boolean }[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      found.push({ path: join(directory, name), isDirectory });
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

async function stat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
