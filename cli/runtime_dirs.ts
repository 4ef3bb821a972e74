/**
 * The running server that a command is about.
 *
 * @module
 */
import { resolve } from "@std/path";
import {
  meantServer,
  ownPlaces,
  runningServers,
  type ServerPlaces,
} from "../shm/running_servers.ts";

/**
 * The runtime directory of the server that a command asks.
 *
 * @param given The directory the user named, if he did.
 * @param cwd Where a relative one starts.
 * @param places Where to look when none is named. Default: where this user's servers are.
 * @returns The named directory, or that of the only server that runs; of a demo that runs alone, that of its
 *   web server.
 * @throws {Error} When none is named and none or several run.
 */
export function chooseRuntimeDir(
  given: string | undefined,
  cwd: string,
  places?: ServerPlaces,
): string {
  if (given !== undefined) return resolve(cwd, given);
  const where = places ?? ownPlaces();
  const running = runningServers(where);
  const meant = meantServer(running);
  if (meant !== undefined) return meant.runtimeDir;
  throw ambiguous(running.map(({ runtimeDir }) => runtimeDir), where);
}

/**
 * The runtime directory of the server that a command changes or ends: a server of a demo has to be named.
 *
 * @param given The directory the user named, if he did.
 * @param cwd Where a relative one starts.
 * @param places Where to look when none is named. Default: where this user's servers are.
 * @throws {Error} When none is named and none or several run.
 */
export function chooseOwnRuntimeDir(
  given: string | undefined,
  cwd: string,
  places?: ServerPlaces,
): string {
  if (given !== undefined) return resolve(cwd, given);
  const where = places ?? ownPlaces();
  const running = runningServers(where).map(({ runtimeDir }) => runtimeDir);
  const [only, ...others] = running;
  if (only !== undefined && others.length === 0) return only;
  throw ambiguous(running, where);
}

function ambiguous(running: readonly string[], { parent }: ServerPlaces): Error {
  if (running.length === 0) {
    return new Error(
      `no server runs under ${parent}, and no demo; name the directory of one by --runtime-dir`,
    );
  }
  const flags = running.map((path) => `\n  --runtime-dir ${path}`).join("");
  return new Error(`${running.length} servers run; choose one:${flags}`);
}
