/**
 * Where a server keeps its shared memory and its sockets when nobody says otherwise.
 *
 * @module
 */
import { join } from "@std/path";
import { runtimeParentOf } from "../shm/running_servers.ts";

export { RuntimeFile } from "../shm/running_servers.ts";

/** What begins the name of the folder, in a runtime directory, of what is for one run of a server alone. */
export const RUN_DIR_PREFIX = "mesh-run-";

/** Parent of the default runtime directories of this user: in memory, to be made with mode 0700. */
export function defaultRuntimeParent(): string {
  return runtimeParentOf(Deno.uid() ?? 0);
}

/** Default runtime directory of a server. */
export function defaultRuntimeDir(name: string): string {
  return join(defaultRuntimeParent(), name);
}
