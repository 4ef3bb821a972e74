import { assert, assertEquals } from "@std/assert";
import * as limits from "../limits.ts";
import * as latency from "./latency.ts";
import * as outlier from "./outlier.ts";

const constants: Record<string, unknown> = {
  ...Object.fromEntries(
    Object.entries(limits).filter(([name]) => /^(CODEL|LOAD_BOUND|EJECT)/.test(name)),
  ),
  ...latency,
  ...outlier,
};
const text = Deno.readTextFileSync(new URL("../docs/routing.md", import.meta.url));

Deno.test("docs/routing.md gives the values of the constants that it names, and names all", () => {
  const documented = new Map(
    [...text.matchAll(/^\|[^|]*\| ([\d.,]+)(?: ms)? +\| `([A-Z_]+)` +\|$/gm)]
      .map(([, value, name]) => [name!, Number(value!.replaceAll(",", ""))]),
  );
  assert(documented.size >= 10);
  assertEquals<Record<string, unknown>>(
    Object.fromEntries(documented),
    Object.fromEntries(
      Object.entries(constants).filter(([name, value]) =>
        /^[A-Z_]+$/.test(name) && typeof value === "number"
      ),
    ),
  );
});
