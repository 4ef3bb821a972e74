import { assertEquals } from "@std/assert";
import { Health } from "./health.ts";

function verdicts(checks: string): string {
  const health = new Health();
  return [...checks].map((check) => {
    health.record(check === "+");
    return health.healthy ? "+" : "-";
  }).join("");
}

Deno.test("a server of which nothing is known is not healthy, and the first check counts", () => {
  assertEquals(new Health().healthy, false);
  assertEquals(verdicts("+"), "+");
  assertEquals(verdicts("-"), "-");
});

Deno.test("two failed checks in a row take a server out, two passed ones bring it back", () => {
  assertEquals(verdicts("++-+--+-+-++-"), "+++++------++");
});

Deno.test("record() says when the verdict changes", () => {
  const health = new Health();
  assertEquals([true, true, false, false, true, true].map((passed) => health.record(passed)), [
    true,
    false,
    false,
    true,
    false,
    true,
  ]);
  assertEquals(new Health().record(false), false);
});

Deno.test("Health falls at once when something surer than a check says so, and rises as ever", () => {
  const health = new Health();
  health.record(true);
  assertEquals([health.fail(), health.healthy, health.fail()], [true, false, false]);
  assertEquals([health.record(true), health.healthy], [false, false]);
  assertEquals([health.record(true), health.healthy], [true, true]);
});
