import { assertEquals } from "@std/assert";
import { didYouMean, suggest } from "./suggest.ts";

const KNOWN = ["listen", "link", "site", "services", "space-bytes"];

Deno.test("suggest() finds the word a typing error was meant to be", () => {
  assertEquals(suggest("lisen", KNOWN), "listen");
  assertEquals(suggest("LISTEN", KNOWN), "listen");
  assertEquals(suggest("servces", KNOWN), "services");
  assertEquals(suggest("spacebytes", KNOWN), "space-bytes");
  assertEquals(suggest("sit", KNOWN), "site");
});

Deno.test("suggest() says nothing when no word is close", () => {
  assertEquals(suggest("banana", KNOWN), undefined);
  assertEquals(suggest("x", KNOWN), undefined);
  assertEquals(suggest("", KNOWN), undefined);
  assertEquals(suggest("listen", []), undefined);
});

Deno.test("didYouMean() is empty without a suggestion", () => {
  assertEquals(didYouMean("lisen", KNOWN, "--"), " (did you mean --listen?)");
  assertEquals(didYouMean("banana", KNOWN), "");
});
