/**
 * Where a server keeps its shared memory and its sockets when nobody says otherwise.
 *
 * @module
 */
import { join } from "@std/path";

/** Names of the files of a runtime directory. */
export const RuntimeFile = {
  /** The shared memory; its lock tells that its server lives. */
  SEGMENT: "segment",
  /** Unix socket: attaching to a slot. */
  CONTROL: "control.sock",
  /** Unix socket: status and commands over HTTP. */
  ADMIN: "admin.sock",
} as const;

/** What begins the name of the folder, in a runtime directory, of what is for one run of a server alone. */
export const RUN_DIR_PREFIX = "mesh-run-";

/** Parent of the default runtime directories of this user: in memory, to be made with mode 0700. */
export function defaultRuntimeParent(): string {
  return `/dev/shm/mesh-${Deno.uid() ?? 0}`;
}

/** Default runtime directory of a server. */
export function defaultRuntimeDir(name: string): string {
  return join(defaultRuntimeParent(), name);
}
