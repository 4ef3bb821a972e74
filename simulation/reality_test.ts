import { assertEquals, assertThrows } from "@std/assert";
import { realNow, withoutReality } from "./reality.ts";

const ways: Record<string, () => unknown> = {
  "Math.random": () => Math.random(),
  "performance.now": () => performance.now(),
  "Date.now": () => Date.now(),
  "crypto.getRandomValues": () => crypto.getRandomValues(new Uint8Array(1)),
  "crypto.randomUUID": () => crypto.randomUUID(),
  "AbortSignal.timeout": () => AbortSignal.timeout(10_000),
  "setTimeout": () => setTimeout(() => {}, 0),
  "setInterval": () => setInterval(() => {}, 10_000),
};

for (const [name, use] of Object.entries(ways)) {
  Deno.test(`in a run, ${name} is a fault; before and after it is what it always was`, () => {
    const faults: string[] = [];
    {
      using _ = withoutReality((fault) => faults.push(fault));
      assertThrows(use, Error, name);
      realNow();
    }
    assertEquals(faults.length, 1);
    if (name === "setTimeout" || name === "setInterval") clearTimeout(use() as number);
    else if (name !== "AbortSignal.timeout") use();
    assertEquals(faults.length, 1);
  });
}

Deno.test("there is one run at a time", () => {
  using _ = withoutReality(() => {});
  assertThrows(() => withoutReality(() => {}), Error, "one at a time");
});
