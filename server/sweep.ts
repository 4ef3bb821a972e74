/**
 * Removing what killed servers of this user have left below the parent of the default runtime directories:
 * their shared memory stays taken otherwise.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { defaultRuntimeParent, RuntimeFile } from "../config/runtime_dir.ts";
import { SWEEP_LOOKS_MAX, SWEPT_DIRECTORIES_MAX } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import { privateDirectoryFault } from "../shm/private_directory.ts";
import { burySegment } from "../shm/segment.ts";
import { fileId, isRunDir, remove } from "./own_files.ts";

/** A dead server's directory is renamed to this first, and a UUID. */
const GRAVE_PREFIX = ".mesh-dead-";
const GRAVE = new RegExp(`^\\${GRAVE_PREFIX}[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`);
const SOCKETS: readonly string[] = [RuntimeFile.CONTROL, RuntimeFile.ADMIN];

/**
 * Removes the directories of dead servers. One is dead when nobody holds its segment's lock and its process is
 * gone. A directory without a segment, or one of a server that starts just now, is left alone.
 *
 * @param ownDir The runtime directory of the server that starts: it takes over by itself.
 * @param log Told of what was removed.
 * @param parent Where to look. Default: the parent of this user's default runtime directories.
 * @returns How many were removed.
 */
export function sweepDeadServers(
  ownDir: string,
  log: Logger,
  parent = defaultRuntimeParent(),
): number {
  let looks = 0;
  let swept = 0;
  try {
    if (isForeign(parent)) return 0;
    for (const { name, isDirectory } of Deno.readDirSync(parent)) {
      if (++looks > SWEEP_LOOKS_MAX || swept >= SWEPT_DIRECTORIES_MAX) break;
      const directory = join(parent, name);
      if (!isDirectory || directory === ownDir || isForeign(directory)) continue;
      if (sweep(directory, name)) swept++;
    }
  } catch (error) {
    log.warn("cannot look for dead servers", { parent, error });
  }
  if (swept > 0) log.info("removed what dead servers had left", { parent, directories: swept });
  return swept;
}

function sweep(directory: string, name: string): boolean {
  try {
    if (GRAVE.test(name)) {
      // Whoever dug it was killed before it was done.
      empty(directory);
      remove(directory);
      return fileId(directory) === undefined;
    }
    const grave = join(dirname(directory), GRAVE_PREFIX + crypto.randomUUID());
    if (!burySegment(join(directory, RuntimeFile.SEGMENT), grave)) return false;
    empty(grave);
    remove(grave);
    // A user has put something of his own into it.
    if (fileId(grave) !== undefined) Deno.renameSync(grave, directory);
    return true;
  } catch {
    // Its server lives, or it is none, or another server sweeps it at this moment.
    return false;
  }
}

/** Removes what a server makes, the segment last: without it a half-emptied directory would stay for ever. */
function empty(directory: string): void {
  const entries = [...Deno.readDirSync(directory)];
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (isRunDir(entry)) remove(path, true);
    else if (SOCKETS.includes(entry.name) && Deno.lstatSync(path).isSocket) remove(path);
  }
  if (entries.some(({ name, isFile }) => isFile && name === RuntimeFile.SEGMENT)) {
    remove(join(directory, RuntimeFile.SEGMENT));
  }
}

function isForeign(directory: string): boolean {
  return privateDirectoryFault(directory, Deno.uid() ?? 0) !== undefined;
}
