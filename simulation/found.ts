/**
 * Scenarios that once showed a fault, of mesh or of the simulation: those in `found/`.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { type KeptScenario, readKept } from "./scenario_file.ts";

const FOUND = fromFileUrl(new URL("./found", import.meta.url));

/** All of them, in the order of their names. */
export function foundScenarios(): KeptScenario[] {
  const names = [...Deno.readDirSync(FOUND)].map(({ name }) => name).sort();
  return names.map((name) => readKept(Deno.readTextFileSync(join(FOUND, name))));
}
