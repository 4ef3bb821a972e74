import { assertEquals } from "@std/assert";
import { alignedTable } from "./table.ts";

Deno.test("alignedTable() aligns columns and leaves no blanks at the ends of lines", () => {
  assertEquals(
    alignedTable([["slot", "kind", "state"], ["0", "exec", "ready"], ["10", "", ""], []]),
    "slot  kind  state\n0     exec  ready\n10\n\n",
  );
  assertEquals(alignedTable([]), "");
});
