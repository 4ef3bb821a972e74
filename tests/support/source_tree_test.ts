import { assertEquals } from "@std/assert";
import { resolveImport, specifiersOf } from "./source_tree.ts";

Deno.test("specifiersOf() finds static, side-effect, type, re-exporting and dynamic imports", () => {
  const source = `
/** import { no } from "no1"; */
// import "no2";
import a from "./a.ts";
import type { B } from "b";
import {
  c,
  d,
} from "./c.ts";
import "./e.ts";
export * from "../f.ts";
export type { G } from "./g.ts";
export const text = "x";
type H = typeof import("./h.ts");
const i = await import("./i.ts");
const text2 = 'from "no3"';
`;
  const found = specifiersOf(source).map(({ name, typeOnly }) => typeOnly ? `type ${name}` : name);
  assertEquals(
    found.toSorted(),
    ["../f.ts", "./a.ts", "./c.ts", "./e.ts", "./i.ts", "type ./g.ts", "type ./h.ts", "type b"],
  );
});

Deno.test("resolveImport() turns relative imports into paths of the repository", () => {
  assertEquals(resolveImport("proxy/links/link.ts", "../../wire/frame.ts"), "wire/frame.ts");
  assertEquals(resolveImport("mod.ts", "./errors.ts"), "errors.ts");
  assertEquals(resolveImport("mod.ts", "node:fs"), undefined);
});
