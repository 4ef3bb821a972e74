import { assertEquals } from "@std/assert";
import { Crashes } from "./crashes.ts";

Deno.test("what fell in the simulation itself is told apart from what fell in mesh", () => {
  using crashes = new Crashes();
  const root = new URL("../", import.meta.url).href;
  const stack = (error: string, ...places: string[]) =>
    [`an event threw: ${error}: x`, ...places.map((place) => `    at f (${root}${place}:1:1)`)]
      .join("\n");
  crashes.add(stack("TypeError", "client/call_port.ts", "simulation/world.ts"));
  crashes.add(stack("SlotFault", "simulation/slot_end.ts", "client/call_port.ts"));
  crashes.add(stack("TypeError", "simulation/play.ts", "client/call_port.ts"));
  crashes.add("no stack at all");
  assertEquals(crashes.faults.length, 3);
  assertEquals(crashes.own.length, 1);
});

Deno.test("rejections and errors that nobody handles are noticed", async () => {
  using crashes = new Crashes();
  void Promise.reject(new Error("left alone"));
  queueMicrotask(() => {
    throw new Error("thrown into the void");
  });
  await new Promise((resolve) => setImmediate(resolve));
  const all = [...crashes.faults, ...crashes.own].join("\n");
  for (const text of ["left alone", "thrown into the void"]) assertEquals(all.includes(text), true);
});
