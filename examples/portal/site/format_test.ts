import { assertEquals } from "@std/assert";
import * as format from "./format.ts";

Deno.test("money has a typographic minus and a sign where it is a change", () => {
  assertEquals(format.dollars(1234.5), "$1,234.50");
  assertEquals(format.signedDollars(1234.5), "+$1,235");
  assertEquals(format.signedDollars(-1234.4), "−$1,234");
  assertEquals(format.signedDollars(0), "$0");
  assertEquals(format.wholeDollars(999_999_999), "$999,999,999");
  assertEquals(format.wholeDollars(36.61e9), "$36.6B");
  assertEquals(format.signedDollars(-1e15), "−$1000T");
  assertEquals(format.signedDollars(2e9), "+$2B");
  assertEquals(format.signedPercent(-0.0125), "−1.25%");
  assertEquals(format.degrees(-3), "−3°");
});

Deno.test("ages are given in minutes, then in hours", () => {
  const ages = [0, 59_999, 60_000, 3_599_999, 3_600_000].map((age) => format.ago(0, age));
  assertEquals(ages, ["just now", "just now", "1 min ago", "59 min ago", "1 h ago"]);
});

Deno.test("dates and clocks do not depend on the server's time zone", () => {
  const at = Date.UTC(2026, 10, 24, 16, 5);
  assertEquals(format.longDate(at), "Tuesday, November 24");
  assertEquals(format.weekday("2026-11-23"), "Mon");
  assertEquals([format.clock(at), format.clock(at, "Asia/Tokyo")], ["16:05", "01:05"]);
});

Deno.test("short times keep a decimal", () => {
  assertEquals([0.84, 9.96, 12.4].map(format.milliseconds), ["0.8 ms", "10.0 ms", "12 ms"]);
});
