/**
 * Loading a user's module, with messages that say what to do.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { MeshError } from "../errors.ts";

/**
 * Imports the module at an absolute path.
 *
 * @param path Absolute path of the module.
 * @returns Its namespace.
 * @throws {MeshError} `NOT_FOUND` when there is no such file; `INVALID_ARGUMENT` with the reason when it
 *   does not load: a syntax error, a failing import, an exception at its top level.
 */
export async function loadModule(path: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const missing = !exists(path);
    throw new MeshError(
      missing ? "NOT_FOUND" : "INVALID_ARGUMENT",
      missing ? `there is no module ${path}` : `${path} does not load: ${reason}${hint(reason)}`,
      { started: false, cause },
    );
  }
}

/** What to do about a dependency that only a whole Deno can resolve. */
function hint(reason: string): string {
  const unresolved = /not a dependency|not in import map|not prefixed with|npm package/i;
  if (!Deno.build.standalone || !unresolved.test(reason)) return "";
  return "; modules with dependencies of their own need a deno (2.9.6 or later) on the PATH, or in DENO";
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
