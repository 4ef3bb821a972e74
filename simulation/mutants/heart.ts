/**
 * The files that are mutated: what lies between a user's call and the bytes of a slot or a link.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";

/** The repository. */
export const ROOT: string = fromFileUrl(new URL("../../", import.meta.url));

const FOLDERS = ["client", "endpoint", "executor", "proxy", "routing", "wire"];
const FILES = ["markdev/slot_channel.ts", "markdev/slot_inbox.ts"];

/** Files of these folders that are not part of it. */
const BESIDE = [
  // Tests, and what they share.
  /_test\.ts$/,
  /_fixture\.ts$/,
  // Nothing but types.
  /(^|_)types\.ts$/,
  /^proxy\/(link\/network|switchboard\/options|proxy_options)\.ts$/,
  // The real network, and the real socket and dice of a process.
  /^proxy\/link\/tcp\.ts$/,
  /^client\/attach\.ts$/,
  /^wire\/random_bytes\.ts$/,
  // Payloads: tests by properties look after these.
  /^endpoint\/payload\//,
  // Logs.
  /^proxy\/switchboard\/decision_log\.ts$/,
];

/** The source of a file of the project. */
export function sourceOf(file: string): string {
  return Deno.readTextFileSync(join(ROOT, file));
}

/** The heart's files, relative to the repository, sorted. */
export function heartFiles(): string[] {
  return [...FOLDERS.flatMap(filesIn), ...FILES]
    .filter((file) => !BESIDE.some((pattern) => pattern.test(file)))
    .sort();
}

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].flatMap(({ name, isFile, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return filesIn(path);
    return isFile && name.endsWith(".ts") ? [path] : [];
  });
}
