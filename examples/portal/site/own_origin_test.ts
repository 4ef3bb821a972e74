import { assertEquals } from "@std/assert";
import { isOwnOrigin } from "./own_origin.ts";

Deno.test("only this site's own pages are its origin", () => {
  const host = "portal.example:8080";
  assertEquals(isOwnOrigin("http://portal.example:8080", host), true);
  assertEquals(isOwnOrigin("https://portal.example", "Portal.Example"), true);
  for (
    const stranger of [
      "http://portal.example",
      "http://evil.example:8080",
      "http://portal.example:8080.evil.example",
      "null",
      "",
      "file://",
    ]
  ) {
    assertEquals(isOwnOrigin(stranger, host), false, stranger);
  }
  assertEquals(isOwnOrigin("http://portal.example", undefined), false);
});
