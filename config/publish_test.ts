import { assert, assertEquals } from "@std/assert";
import { publishedFiles } from "./publish.ts";
import { jsonSchema, schema } from "./schema.ts";
import { SETTINGS } from "./settings.ts";

/** Without what the formatter changes: white space, the dashes under a table's head, trailing commas. */
const squeezed = (text: string) => text.replace(/\s+/g, "").replace(/-{2,}/g, "--");

for (const { url, text } of publishedFiles()) {
  const name = url.pathname.split("/").slice(-2).join("/");
  Deno.test(`${name} is what the schema says (else run config/publish.ts)`, async () => {
    assertEquals(squeezed(await Deno.readTextFile(url)), squeezed(text));
  });
}

Deno.test("every flag and variable sets a setting of the schema", () => {
  const { properties } = jsonSchema() as { properties: Record<string, { properties: object }> };
  for (const { env, paths } of SETTINGS) {
    for (const path of paths) {
      const [section, key] = path.split(".") as [string, string?];
      assert(section in properties, `${env}: ${path}`);
      if (key) assert(key in properties[section]!.properties, `${env}: ${path}`);
    }
  }
});

Deno.test("every setting of the schema is described", () => {
  const walk = (node: { properties?: Record<string, never> }, path: string): void => {
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      const { description } = child as { description?: string };
      assert(description, `${path}${name} has no description`);
      walk(child, `${path}${name}.`);
    }
  };
  walk(jsonSchema(), "");
});

Deno.test("the published JSON Schema accepts an empty file, as the schema does", () => {
  assert(schema.safeParse({}).success);
  assertEquals(jsonSchema()["required"], undefined);
});
