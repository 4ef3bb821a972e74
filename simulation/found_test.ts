/** Scenarios that once showed a fault, of mesh or of the simulation: none of them shows it any more. */
import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { run } from "./run.ts";
import { readKept } from "./scenario_file.ts";

const FOUND = fromFileUrl(new URL("./found", import.meta.url));

for (const { name } of [...Deno.readDirSync(FOUND)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  const { about, scenario } = readKept(Deno.readTextFileSync(join(FOUND, name)));
  Deno.test(`it is not so any more that ${about}`, async () => {
    const { own, faults } = await run(scenario);
    assertEquals([...own, ...faults], []);
  });
}
