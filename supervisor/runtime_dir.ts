/**
 * A server's runtime directory: made private, and left as it was found.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import type { ServerConfig } from "../config/types.ts";
import { MeshError } from "../errors.ts";

/** Files and folders that a server writes beside the segment and the sockets, which remove themselves. */
const LEFT_FILES = ["admin.sock", "web_import_map.json", "exec_import_map.json", "program"];
/** Longest path of a Unix socket's address on Linux, in bytes. */
const SOCKET_PATH_MAX_BYTES = 107;

/** An open runtime directory; disposing removes what the server made. */
export interface RuntimeDir extends Disposable {
  /** Absolute path of a file in it. */
  path(name: string): string;
  /** The segment in it is this server's, and so are all files from now on: no other server lives here. */
  claim(): void;
}

/**
 * Makes the directory (mode 0700) if it is not there.
 *
 * @param config The server's configuration.
 * @throws {MeshError} `PERMISSION_DENIED` when it cannot be made or written, `INVALID_ARGUMENT` when its
 *   path is too long for a socket.
 */
export function openRuntimeDir(config: ServerConfig): RuntimeDir {
  const { runtimeDir } = config;
  const longest = new TextEncoder().encode(join(runtimeDir, "control.sock")).length;
  if (longest > SOCKET_PATH_MAX_BYTES) {
    throw new MeshError(
      "INVALID_ARGUMENT",
      `runtime directory ${runtimeDir}: its sockets' paths take ${longest} bytes, the system allows ` +
        `${SOCKET_PATH_MAX_BYTES}; choose a shorter one with --runtime-dir`,
    );
  }
  const made: string[] = [];
  try {
    for (const directory of missing(runtimeDir)) {
      Deno.mkdirSync(directory, { mode: 0o700 });
      made.push(directory);
    }
    const probe = join(runtimeDir, `.write-${Deno.pid}`);
    Deno.writeTextFileSync(probe, "");
    Deno.removeSync(probe);
  } catch (cause) {
    for (const directory of made.reverse()) removeEmpty(directory);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MeshError(
      "PERMISSION_DENIED",
      `cannot write in the runtime directory ${runtimeDir}: ${reason}`,
      { cause },
    );
  }
  let claimed = false;
  return {
    path: (name) => join(runtimeDir, name),
    claim: () => {
      claimed = true;
    },
    [Symbol.dispose]: () => {
      if (claimed) { for (const name of LEFT_FILES) remove(join(runtimeDir, name), true); }
      for (const directory of made.reverse()) removeEmpty(directory);
      // The parent of default directories is everybody's, and the last one closes the door.
      if (config.runtimeDirIsDefault) removeEmpty(dirname(runtimeDir));
    },
  };
}

/** The directories to be made, outermost first. */
function missing(directory: string): string[] {
  const result: string[] = [];
  for (let at = directory; !isDirectory(at); at = dirname(at)) result.unshift(at);
  return result;
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function remove(path: string, recursive = false): void {
  try {
    Deno.removeSync(path, { recursive });
  } catch {
    // It was not made, or somebody else removed it.
  }
}

function removeEmpty(directory: string): void {
  // `remove` without `recursive` refuses a directory that is not empty.
  remove(directory);
}
