import { assertEquals } from "@std/assert";
import { commandLineDocument, DOCUMENT } from "./document.ts";

/** Without what the formatter changes: white space, and the dashes under a table's head. */
const squeezed = (text: string) => text.replace(/\s+/g, "").replace(/-{3,}/g, "---");

Deno.test("docs/command_line.md is what the table of commands says (else run cli/document.ts)", async () => {
  assertEquals(squeezed(await Deno.readTextFile(DOCUMENT)), squeezed(commandLineDocument()));
});
