import { assertEquals, assertThrows } from "@std/assert";
import { MeshError } from "mesh";
import { checkPosition, checkSymbol, checkUser } from "./inputs.ts";

Deno.test("checks pass on what is right", () => {
  assertEquals(checkUser("ada"), "ada");
  assertEquals(checkSymbol("YHOO"), "YHOO");
  const position = { symbol: "YHOO", shares: 0.5, cost: 0 };
  assertEquals(checkPosition(position), position);
});

Deno.test("a position that is wrong names its wrong field", () => {
  const right = { symbol: "YHOO", shares: 1, cost: 1 };
  const cases: [string, object][] = [
    ["symbol", { symbol: "NOPE" }],
    ["shares", { shares: 0 }],
    ["shares", { shares: NaN }],
    ["shares", { shares: Infinity }],
    ["shares", { shares: "1" }],
    ["cost", { cost: -1 }],
  ];
  for (const [field, wrong] of cases) {
    const error = assertThrows(() => checkPosition({ ...right, ...wrong }), MeshError);
    assertEquals([error.code, error.metadata.field], ["INVALID_ARGUMENT", field]);
  }
});

Deno.test("a user's identity is a text of 1 to 512 characters", () => {
  for (const user of ["", "x".repeat(513), 7, null, undefined]) {
    assertThrows(() => checkUser(user), MeshError);
  }
});
