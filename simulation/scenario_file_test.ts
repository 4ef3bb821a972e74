import { assertEquals, assertThrows } from "@std/assert";
import { invent } from "./invent.ts";
import { keptText, readKept } from "./scenario_file.ts";

Deno.test("a scenario comes out of its file as it went in", () => {
  for (let seed = 1; seed < 20; seed++) {
    const kept = { about: "a fault", scenario: invent(seed) };
    assertEquals(readKept(keptText(kept)), kept);
  }
});

Deno.test("a file that holds no scenario is refused, and why is told", () => {
  const { calls: _, ...rest } = invent(1, 3);
  const cases: [string, string][] = [
    ["{", "JSON"],
    ["[]", "about"],
    ["null", "about"],
    ['{"about": 1, "scenario": {}}', "about"],
    ['{"about": "x", "scenario": 1}', "no object"],
    ['{"about": "x", "scenario": {}}', "seed, servers, calls"],
    [JSON.stringify({ about: "x", scenario: rest }), "do not fit: calls"],
    [JSON.stringify({ about: "x", scenario: { ...rest, calls: [{}] } }), "do not fit: calls"],
  ];
  for (const [text, part] of cases) assertThrows(() => readKept(text), Error, part);
});
