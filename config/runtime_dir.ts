/**
 * Where a server keeps its shared memory and its sockets when nobody says otherwise.
 *
 * @module
 */
import { join } from "@std/path";

/** Names of the files of a runtime directory that other programs open. */
export const RuntimeFile = {
  /** Unix socket: attaching to a slot. */
  CONTROL: "control.sock",
  /** Unix socket: status and commands over HTTP. */
  ADMIN: "admin.sock",
} as const;

/** Parent of the default runtime directories of this user: in memory, to be made with mode 0700. */
export function defaultRuntimeParent(): string {
  return `/dev/shm/mesh-${Deno.uid() ?? 0}`;
}

/** Default runtime directory of a server. */
export function defaultRuntimeDir(name: string): string {
  return join(defaultRuntimeParent(), name);
}
