/**
 * A file descriptor of one's own for a file that somebody else has open.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { native } from "../native/ffi.ts";

/**
 * Duplicates a descriptor, so that the device's may be closed apart from the owner's.
 *
 * @param fd An open descriptor.
 * @returns The duplicate; the caller closes it.
 * @throws MeshError `UNAVAILABLE` when `fd` is not open, or the process has no descriptors left.
 */
export function duplicateFd(fd: number): number {
  const own = native().mesh_fd_duplicate(fd);
  if (own < 0) {
    throw new MeshError(
      "UNAVAILABLE",
      `watch file descriptor ${fd}: it is not open, or the process has none left (see ulimit -n)`,
      { started: false },
    );
  }
  return own;
}
