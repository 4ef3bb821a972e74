import { assert, assertEquals } from "@std/assert";
import { left } from "./decay.ts";

Deno.test("left() is what the exponential function says, to twelve digits", () => {
  for (let elapsed = -5_000; elapsed < 500_000; elapsed += 37.3) {
    const wanted = Math.exp(-elapsed / 10_000);
    assert(Math.abs(left(elapsed, 10_000) / wanted - 1) < 1e-12, `${elapsed}`);
  }
});

Deno.test("left() of no time is all, of endless time nothing, and of a jump back more than all", () => {
  assertEquals(left(0, 10), 1);
  assertEquals(left(Infinity, 10), 0);
  assertEquals(left(1e9, 1), 0);
  assertEquals(left(-1e9, 1), Infinity);
  assertEquals(left(-Infinity, 10), Infinity);
});
