import { assertEquals } from "@std/assert";
import { foundScenarios } from "./found.ts";
import { run } from "./run.ts";

for (const { about, scenario } of foundScenarios()) {
  Deno.test(`it is not so any more that ${about}`, async () => {
    const { own, faults } = await run(scenario);
    assertEquals([...own, ...faults], []);
  });
}
