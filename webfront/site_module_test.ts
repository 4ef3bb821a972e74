import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { MeshError } from "../errors.ts";
import { hostileValues, throwing } from "../tests/support/hostile_options.ts";
import { readSiteModule } from "./site_module.ts";

Deno.test("a site is an object or a function with a fetch, whatever else it is", () => {
  const fetch = () => new Response();
  class App {
    fetch = fetch;
  }
  for (const site of [{ fetch }, Object.assign(() => {}, { fetch }), new App(), new Map()]) {
    const made = Object.assign(site, { fetch });
    assertEquals(readSiteModule("/site.ts", { default: made }) as unknown, made);
  }
});

Deno.test("a module that is no site says why, whatever it exports", () => {
  for (const [name, value] of Object.entries(hostileValues())) {
    for (const site of [value, { fetch: value }]) {
      if (typeof value === "function" && site !== value) continue;
      const read = () => readSiteModule("/site.ts", { default: site });
      const error = assertThrows(read, MeshError, "/site.ts is not a site: ", name);
      assertEquals([error.code, error.started], ["INVALID_ARGUMENT", false]);
    }
  }
  const says = (exports: Record<string, unknown>, text: string) => {
    const { message } = assertThrows(() => readSiteModule("/site.ts", exports), MeshError);
    assertStringIncludes(message, text);
  };
  says({}, "and it has none");
  says({ default: 5 }, "and is 5");
  says({ default: {} }, "and has none");
  says({ default: { fetch: "no" } }, 'and its "fetch" is "no"');
  says({ default: throwing("fetch") }, "fetch cannot be read: a trap");
});
