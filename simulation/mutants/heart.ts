/**
 * The files that are mutated: what lies between a user's call and the bytes of a slot or a link.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";

/** The repository. */
export const ROOT: string = fromFileUrl(new URL("../../", import.meta.url));

const FOLDERS = ["client", "executor", "proxy", "routing", "wire"];
const FILES = ["markdev/slot_channel.ts", "markdev/slot_inbox.ts"];

/** Files of these folders that are not part of it. */
const BESIDE = [
  // Tests, and what they share.
  /_test\.ts$/,
  /_fixture\.ts$/,
  /\/test_\w+\.ts$/,
  /^routing\/simulation\.ts$/,
  // Nothing but types.
  /(^|_)types\.ts$/,
  /^proxy\/(network|switchboard_options|proxy_options)\.ts$/,
  // The real network, and the real socket and dice of a process.
  /^proxy\/tcp\.ts$/,
  /^client\/attach\.ts$/,
  /^wire\/random_bytes\.ts$/,
  // Logs.
  /^proxy\/decision_log\.ts$/,
];

/** The source of a file of the project. */
export function sourceOf(file: string): string {
  return Deno.readTextFileSync(join(ROOT, file));
}

/** The heart's files, relative to the repository, sorted. */
export function heartFiles(): string[] {
  const found = FOLDERS.flatMap((folder) =>
    [...Deno.readDirSync(join(ROOT, folder))]
      .filter(({ name, isFile }) => isFile && name.endsWith(".ts"))
      .map(({ name }) => `${folder}/${name}`)
  );
  return [...found, ...FILES].filter((file) => !BESIDE.some((pattern) => pattern.test(file)))
    .sort();
}
