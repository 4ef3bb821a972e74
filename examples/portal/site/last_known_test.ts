import { assertEquals } from "@std/assert";
import { LastKnown } from "./last_known.ts";

Deno.test("the last answer to a question is known, with its time", () => {
  let now = 10;
  const known = new LastKnown<string>(5, () => now);
  assertEquals(known.get("news"), undefined);
  known.keep("news", "old");
  now = 20;
  known.keep("news", "new");
  now = 30;
  assertEquals(known.get("news"), { answer: "new", at: 20 });
});

Deno.test("answers beyond the capacity are forgotten", () => {
  const known = new LastKnown<number>(2);
  for (const n of [1, 2, 3]) known.keep(String(n), n);
  assertEquals([known.get("1"), known.get("3")?.answer], [undefined, 3]);
});
