/**
 * A site's module: anything whose default export has a `fetch`.
 *
 * @module
 */
import type { Site } from "../client/types.ts";
import { refused, seen, valueOf } from "../boundary/options.ts";

/**
 * Reads a site's module.
 *
 * @param path Where it was loaded from, for messages.
 * @param exports The module's namespace.
 * @throws {MeshError} `INVALID_ARGUMENT` when there is no `default.fetch`.
 */
export function readSiteModule(path: string, exports: Record<string, unknown>): Site {
  const site = exports.default;
  const wanted =
    `${path} is not a site: its default export must be an object with a "fetch" method, `;
  if (site === undefined) throw refused(`${wanted}and it has none`);
  if (site === null || (typeof site !== "object" && typeof site !== "function")) {
    throw refused(`${wanted}and is ${seen(site)}`);
  }
  const fetch = valueOf(`${path} is not a site`, site as Record<string, unknown>, "fetch");
  if (typeof fetch === "function") return site as Site;
  throw refused(
    wanted + (fetch === undefined ? "and has none" : `and its "fetch" is ${seen(fetch)}`),
  );
}
