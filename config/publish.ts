/**
 * Writes what is made from the schema: `config/mesh.schema.json` and `docs/configuration.md`.
 *
 * Run by `deno task docs`; a test compares the files.
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

/**
 * Writes a file in the repository's format.
 *
 * @param url Where.
 * @param text What, formatted or not.
 */
export async function writeFormatted(url: URL, text: string): Promise<void> {
  await Deno.writeTextFile(url, text);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", url.pathname] }).output();
}

if (import.meta.main) {
  for (const { url, text } of publishedFiles()) await writeFormatted(url, text);
}
