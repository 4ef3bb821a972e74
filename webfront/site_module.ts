/**
 * A site's module: anything whose default export has a `fetch`.
 *
 * @module
 */
import type { Site } from "../client/types.ts";
import { MeshError } from "../errors.ts";

/**
 * Reads a site's module.
 *
 * @param path Where it was loaded from, for messages.
 * @param exports The module's namespace.
 * @throws {MeshError} `INVALID_ARGUMENT` when there is no `default.fetch`.
 */
export function readSiteModule(path: string, exports: Record<string, unknown>): Site {
  const site = exports.default;
  const kind = typeof site;
  if (
    site !== null && (kind === "object" || kind === "function") &&
    typeof (site as { fetch?: unknown }).fetch === "function"
  ) return site as Site;
  throw new MeshError(
    "INVALID_ARGUMENT",
    `${path} is not a site: its default export must be an object with a "fetch" method, ` +
      (site === undefined ? "it has none" : `it is ${site === null ? "null" : `a ${kind}`}`),
    { started: false },
  );
}
