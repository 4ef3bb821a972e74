/**
 * Reads a configuration file: JSON with comments.
 *
 * @module
 */
import { parse } from "@std/jsonc";
import { textOf } from "../boundary/text.ts";
import { CONFIG_FILE_MAX_BYTES } from "../limits.ts";
import type { Fault } from "./fault.ts";
import { isObject, type Raw } from "./merge.ts";
import { CONFIG_FLAG } from "./settings.ts";

/** What a file holds, or why that cannot be said. */
export type FileContent = { readonly found: boolean; readonly raw: Raw } | {
  readonly fault: Fault;
};

/**
 * Reads a configuration file.
 *
 * @param path Absolute path.
 * @param named How the user named it; `undefined`: it is the file that need not be there.
 * @returns Its contents, not checked yet, or the fault that prevents it.
 */
export async function readConfigFile(
  path: string,
  named: string | undefined,
): Promise<FileContent> {
  const fault = (seen: string, allowed: string) => ({
    fault: { path: named ?? path, seen, allowed },
  });
  let text: string;
  try {
    const { size, isFile } = await Deno.stat(path);
    if (!isFile && named === undefined) return { found: false, raw: {} };
    if (!isFile) return fault("no file", `a file (--${CONFIG_FLAG})`);
    if (size > CONFIG_FILE_MAX_BYTES) {
      return fault(`${size} bytes`, `at most ${CONFIG_FILE_MAX_BYTES} bytes`);
    }
    text = await Deno.readTextFile(path);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    if (missing && named === undefined) return { found: false, raw: {} };
    if (missing) return fault("no such file", `an existing file (--${CONFIG_FLAG}): ${path}`);
    return fault(textOf(error), "a file that can be read");
  }
  try {
    const raw = parse(text);
    return isObject(raw) ? { found: true, raw } : fault("no object", "a JSON object of sections");
  } catch (error) {
    return fault(whereWrong(error, text), "JSON, with comments and final commas if you like");
  }
}

/** The parser's message with line and column instead of a position. */
function whereWrong(error: unknown, text: string): string {
  const message = textOf(error)
    .replace(/^Cannot parse JSONC: /, "").replace(/ in JSONC/, "");
  return message.replace(/ at position (\d+)/, (_, digits: string) => {
    const before = text.slice(0, Number(digits));
    const column = before.length - before.lastIndexOf("\n");
    return ` at line ${before.split("\n").length}, column ${column}`;
  });
}
