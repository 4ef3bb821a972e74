/**
 * What may be a secret, and reading one from a file.
 *
 * @module
 */
import { SECRET_FILE_MAX_BYTES } from "../limits.ts";
import { checkFile, type ReportFault } from "./named_files.ts";

/**
 * What nobody sees: white space, control and format characters (zero-width ones among them), code points without
 * a meaning, characters that are ignored when shown, and the blank of Braille.
 */
const UNSEEN = /[\p{White_Space}\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** What a secret must be, for messages. */
export const SECRET_ALLOWED = "a text with at least one visible character";

/** Whether a text shows nothing: as a secret it would keep nobody out, though somebody meant to have one. */
export function isBlank(text: string): boolean {
  return text.replace(UNSEEN, "") === "";
}

/**
 * Reads the secret that a file holds.
 *
 * @param setting The setting that names the file.
 * @param path Its absolute path.
 * @param written The path as it was written.
 * @param fault Told of what is wrong with it.
 * @returns The secret without white space at its ends; `undefined` after a fault.
 */
export async function readSecretFile(
  setting: string,
  path: string,
  written: string,
  fault: ReportFault,
): Promise<string | undefined> {
  if (!await checkFile(setting, path, written, fault)) return undefined;
  const bytes = await readAtMost(path, SECRET_FILE_MAX_BYTES + 1);
  if (bytes.length > SECRET_FILE_MAX_BYTES) {
    fault(setting, "a larger file", `a file of at most ${SECRET_FILE_MAX_BYTES} bytes (${path})`);
    return undefined;
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Different bytes must not become the same secret.
    fault(setting, "bytes that are no text", `a file with a text in UTF-8 (${path})`);
    return undefined;
  }
  const secret = text.trim();
  if (!isBlank(secret)) return secret;
  fault(
    setting,
    bytes.length === 0 ? "an empty file" : "a blank file",
    `a file with ${SECRET_ALLOWED} (${path})`,
  );
  return undefined;
}

async function readAtMost(path: string, most: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(most);
  let length = 0;
  while (length < most) {
    const got = await file.read(bytes.subarray(length));
    if (got === null) break;
    length += got;
  }
  return bytes.subarray(0, length);
}
