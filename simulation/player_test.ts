import { assertEquals, assertStringIncludes } from "@std/assert";
import { invent } from "./invent.ts";
import { Player } from "./player.ts";

Deno.test("a run that does not end is ended, and the next one gets another thread", async () => {
  // So short that a thread cannot even begin.
  using player = new Player(0);
  for (const seed of [1, 2]) {
    const { faults } = await player.play({ what: { seed, calls: 200 }, want: "faults" });
    assertEquals(faults, ["the run did not end within 0 s"]);
  }
});

Deno.test("a scenario that cannot be is the simulation's own fault", async () => {
  using player = new Player();
  const scenario = invent(3, 5);
  const calls = scenario.calls.map((call) => ({ ...call, server: "nobody" }));
  const { own } = await player.play({ what: { ...scenario, calls }, want: "faults" });
  assertEquals(own.length, 1);
  const { faults, text } = await player.play({ what: { seed: 3, calls: 5 }, want: "report" });
  assertEquals(faults, []);
  assertStringIncludes(text!, "nothing is wrong");
});
