import { assert, assertEquals, assertThrows } from "@std/assert";
import { refuseOddVariables } from "./environment.ts";
import { ConfigError } from "./fault.ts";

const bytes = (...entries: (string | number[])[]) =>
  Uint8Array.from(entries.flatMap((entry) => [
    ...(typeof entry === "string" ? new TextEncoder().encode(entry) : entry),
    0,
  ]));

Deno.test("a variable of ours that is not UTF-8 is refused by its name, any other is nobody's business", () => {
  const latin1 = [...new TextEncoder().encode("MESH_SECRET=s"), 0xe9];
  const error = assertThrows(
    () => refuseOddVariables(bytes("HOME=/", latin1, "MESH_NAME=a")),
    ConfigError,
  );
  assert(error.message.includes("MESH_SECRET") && error.message.includes("UTF-8"), error.message);
  refuseOddVariables(bytes("MESH_SECRET=sécret", [...new TextEncoder().encode("OTHER="), 0xff]));
  refuseOddVariables(bytes());
  assertEquals(refuseOddVariables(), undefined, "this process's own environment");
});
