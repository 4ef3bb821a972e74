import { assertEquals } from "@std/assert";
import { knownVariables, unknownVariables } from "./variables.ts";

Deno.test("unknownVariables() tells variables that only look like ours, and which may be meant", () => {
  const env = {
    ...Object.fromEntries(knownVariables().map((name) => [name, "x"])),
    MESH_LISEN: "127.0.0.1:80",
    MESH_WHATEVER_IT_IS: "",
    MESHWORK: "x",
    PATH: "/bin",
  };
  assertEquals(unknownVariables(env), [
    { env: "MESH_LISEN", meant: "MESH_LISTEN" },
    { env: "MESH_WHATEVER_IT_IS", meant: undefined },
  ]);
});
