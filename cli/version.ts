/**
 * The version of mesh.
 *
 * @module
 */

/** Version of mesh, by https://semver.org. */
export const VERSION = "0.1.0";

/** The line of `mesh --version`. */
export function versionLine(): string {
  return `mesh ${VERSION} (deno ${Deno.version.deno}, v8 ${Deno.version.v8})`;
}
