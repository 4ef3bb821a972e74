import { assertEquals } from "@std/assert";
import { asObject } from "./server_info.ts";

Deno.test("only an object has fields: no list, no null, and nothing simple", () => {
  const object = { services: [] };
  assertEquals(asObject(object), object);
  for (const other of [null, undefined, 7, "text", true, [], [object]]) {
    assertEquals(asObject(other), undefined);
  }
});
