import { assertEquals } from "@std/assert";
import { functionsWithMany } from "./parameters.ts";

Deno.test("functions of every kind are counted, one that is within the bound is not named", () => {
  const source = `
function many(a: number, b = 2, ...c: number[]) {}
const arrow = (a, b) => a;
class Box {
  constructor(private a: number, b: string, c: Box) {}
  put({ a, b }: Box, c = (x, y, z) => x): void {}
}
interface Port { send(a: number, b: number, c: number): void }
`;
  assertEquals(functionsWithMany("x.ts", source, 2), [
    "x.ts:2 many takes 3",
    "x.ts:5 a function takes 3",
    "x.ts:6 a function takes 3",
    "x.ts:8 send takes 3",
  ]);
});
