/**
 * Writes what is made from the schema: `config/mesh.schema.json` and `docs/configuration.md`.
 *
 * Run by `deno run --allow-read --allow-write config/publish.ts`; a test compares the files.
 *
 * @module
 */
import { configurationDocument } from "./document.ts";
import { jsonSchema } from "./schema.ts";

/** Each published file and what it must contain. */
export function publishedFiles(): { url: URL; text: string }[] {
  return [
    {
      url: new URL("./mesh.schema.json", import.meta.url),
      text: JSON.stringify(jsonSchema(), null, 2) + "\n",
    },
    { url: new URL("../docs/configuration.md", import.meta.url), text: configurationDocument() },
  ];
}

if (import.meta.main) {
  for (const { url, text } of publishedFiles()) await Deno.writeTextFile(url, text);
  // In the repository's own format, which the test does not look at.
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "-q", ...publishedFiles().map(({ url }) => url.pathname)],
  }).output();
}
