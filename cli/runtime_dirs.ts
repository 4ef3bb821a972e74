/**
 * Finding the running servers of this user.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { defaultRuntimeParent } from "../config/runtime_dir.ts";
import { privateDirectoryFault } from "../shm/private_directory.ts";
import { isServing } from "./admin_client.ts";

/**
 * The runtime directories of the servers that run under a directory.
 *
 * @param parent Where to look. Default: the parent of this user's default runtime directories.
 * @returns Absolute paths, sorted.
 * @throws {Error} When another user may have made that directory.
 */
export async function liveRuntimeDirs(parent = defaultRuntimeParent()): Promise<string[]> {
  const found: string[] = [];
  const fault = privateDirectoryFault(parent, Deno.uid() ?? 0);
  if (fault?.why === "unsafe") throw new Error(`no server is looked for: ${fault.text}`);
  try {
    for await (const { name, isDirectory } of Deno.readDir(parent)) {
      if (isDirectory && await isServing(join(parent, name))) found.push(join(parent, name));
    }
  } catch (error) {
    if (
      !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)
    ) throw error;
  }
  return found.sort();
}

/**
 * The runtime directory that a command is about.
 *
 * @param given The directory the user named, if he did.
 * @param cwd Where a relative one starts.
 * @param parent Where to look when none is named.
 * @returns The named directory, or that of the only server that runs.
 * @throws {Error} When none is named and none or several run.
 */
export async function chooseRuntimeDir(
  given: string | undefined,
  cwd: string,
  parent = defaultRuntimeParent(),
): Promise<string> {
  if (given !== undefined) return resolve(cwd, given);
  const live = await liveRuntimeDirs(parent);
  if (live.length === 1) return live[0]!;
  if (live.length === 0) {
    throw new Error(`no server runs under ${parent}; name one's directory by --runtime-dir`);
  }
  const flags = live.map((path) => `\n  --runtime-dir ${path}`).join("");
  throw new Error(`${live.length} servers run; choose one:${flags}`);
}
