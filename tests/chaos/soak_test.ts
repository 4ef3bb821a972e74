/** The short form of the soak run. */
import { assert } from "@std/assert";
import { soak } from "./soak.ts";
import { Random } from "./support/random.ts";

Deno.test("Ten seconds of random faults: every call ends once, in time and with its own reply, and all heals", async () => {
  const { endings, faults } = await soak(10, Random.printed("soak"));
  console.log(endings, faults);
  assert((endings.ok ?? 0) > 0, "no call succeeded");
});
