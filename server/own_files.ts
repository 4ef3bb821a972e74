/**
 * Telling and removing the files that a server made, and no others.
 *
 * @module
 */
import { RUN_DIR_PREFIX } from "../config/runtime_dir.ts";
import { MeshError } from "../errors.ts";

const RUN_DIR = new RegExp(`^${RUN_DIR_PREFIX}[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`);

/** Whether an entry of a runtime directory is the folder of one run of a server. */
export function isRunDir({ name, isDirectory }: Deno.DirEntry): boolean {
  return isDirectory && RUN_DIR.test(name);
}

/** What distinguishes the file at a path from another that gets its name later; `undefined`: there is none. */
export function fileId(path: string): string | undefined {
  try {
    const { dev, ino, birthtime } = Deno.lstatSync(path);
    // File systems use the numbers of removed files again.
    return `${dev}:${ino}:${birthtime?.getTime() ?? ""}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

/** Removes a file, or a directory if it is empty or `recursive`; what cannot be removed stays. */
export function remove(path: string, recursive = false): void {
  try {
    Deno.removeSync(path, { recursive });
  } catch {
    // Somebody else removed it, or put something into it.
  }
}

/** Removes a file or an empty directory, if it still is the one that had this id. */
export function removeIfSame(path: string, id: string): void {
  try {
    if (fileId(path) === id) Deno.removeSync(path);
  } catch {
    // As in `remove()`.
  }
}

/**
 * Removes a socket that nobody listens on.
 *
 * @param path Its path; nothing at all is fine.
 * @throws {MeshError} `PERMISSION_DENIED` when it is no socket, `UNAVAILABLE` when somebody listens.
 */
export async function removeDeadSocket(path: string): Promise<void> {
  const id = fileId(path);
  if (id === undefined) return;
  if (!Deno.lstatSync(path).isSocket) {
    throw new MeshError(
      "PERMISSION_DENIED",
      `${path} is no socket, and no server made it: remove it, or use another runtime directory`,
      { started: false },
    );
  }
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return removeIfSame(path, id);
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new MeshError("UNAVAILABLE", `somebody listens at ${path} already`, { started: false });
}
