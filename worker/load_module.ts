/**
 * Loading a user's module, with messages that say what to do.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { stackOf, textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";
import { withAdvice } from "./advice.ts";

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
    const reason = textOf(cause);
    const missing = !exists(path);
    throw new MeshError(
      missing ? "NOT_FOUND" : "INVALID_ARGUMENT",
      missing
        ? `there is no module ${path}`
        : `${path} does not load: ${withAdvice(reason, path)}${placeOf(cause)}`,
      { started: false, cause },
    );
  }
}

/** Where it was thrown, if its message does not say so. */
function placeOf(thrown: unknown): string {
  const where = /\n\s+at .*?(file:\/\/\S+?:\d+:\d+)/.exec(stackOf(thrown))?.[1];
  return where === undefined || textOf(thrown).includes("file://") ? "" : ` (${where})`;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
