import { assertEquals } from "@std/assert";
import { denoFits } from "./find_deno.ts";

Deno.test("denoFits() takes the same major version from the oldest on", () => {
  for (
    const [version, fits] of [
      ["2.9.6", true],
      ["2.9.7", true],
      ["2.10.0", true],
      ["2.9.5", false],
      ["2.8.9", false],
      ["1.46.3", false],
      ["3.0.0", false],
    ] as const
  ) {
    assertEquals(
      denoFits(`deno ${version} (stable, release, x86_64-unknown-linux-gnu)\n`),
      fits,
      version,
    );
  }
  assertEquals(denoFits("bash: no such thing"), false);
});
