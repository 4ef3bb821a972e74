/**
 * Questions to a running server over its admin socket.
 *
 * @module
 */
import { join } from "@std/path";
import { RuntimeFile } from "../config/runtime_dir.ts";

/** How long a server may take to answer, in ms. */
const ANSWER_MS = 5_000;

/**
 * Asks a server over the Unix socket in its runtime directory.
 *
 * @param runtimeDir The server's runtime directory.
 * @param path What to get, e.g. `/status`.
 * @returns The answer's JSON.
 * @throws {Error} When no server runs there or it does not answer.
 */
export async function askServer(runtimeDir: string, path: string): Promise<unknown> {
  const socket = join(runtimeDir, RuntimeFile.ADMIN);
  if (!await isServing(runtimeDir)) {
    throw new Error(`no server runs in ${runtimeDir} (nobody answers at ${socket})`);
  }
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path: socket } });
  const response = await fetch(`http://mesh${path}`, {
    client,
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (!response.ok) {
    throw new Error(
      `the server in ${runtimeDir} answered ${response.status} to ${path}: ${await response
        .text()}`,
    );
  }
  return await response.json();
}

/** Whether a server runs in a directory: somebody listens at its admin socket. */
export async function isServing(runtimeDir: string): Promise<boolean> {
  try {
    const path = join(runtimeDir, RuntimeFile.ADMIN);
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}
