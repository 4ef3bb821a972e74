/**
 * A user's project: the modules of tests/support/fixtures, copied out of this repository.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";

const FIXTURES = fromFileUrl(new URL("fixtures/", import.meta.url));
const FILES = ["tell.ts", "site.ts"];

/** A project in a temporary directory that goes when it is disposed of. */
export interface FixtureProject extends AsyncDisposable {
  /** Where it is: `services/` has the services, `site.ts` is the site. */
  readonly directory: string;
}

/**
 * Makes a project.
 *
 * @param denoJson Its `deno.json`; absent: it has none.
 */
export async function fixtureProject(denoJson?: unknown): Promise<FixtureProject> {
  const directory = await Deno.makeTempDir({ prefix: "mesh-user-" });
  await Deno.mkdir(`${directory}/services`);
  for (const file of FILES) await Deno.copyFile(FIXTURES + file, `${directory}/${file}`);
  for await (const { name } of Deno.readDir(`${FIXTURES}services`)) {
    await Deno.copyFile(`${FIXTURES}services/${name}`, `${directory}/services/${name}`);
  }
  if (denoJson !== undefined) {
    await Deno.writeTextFile(`${directory}/deno.json`, JSON.stringify(denoJson));
  }
  return {
    directory,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}
