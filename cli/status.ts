/**
 * `mesh status`: what a running server does.
 *
 * @module
 */
import type { Status } from "../server/status.ts";
import { askServer } from "./admin_client.ts";
import { type Arguments, ExitCode, type Io } from "./command.ts";
import { chooseRuntimeDir } from "./runtime_dirs.ts";
import { marksTable, statusText } from "./status_text.ts";

/**
 * Prints a server's status.
 *
 * @returns 0.
 * @throws {Error} When no server runs there.
 */
export async function status(args: Arguments, io: Io): Promise<number> {
  const runtimeDir = chooseRuntimeDir(args.text("runtime-dir"), io.cwd);
  const answer = await askServer<Status>(runtimeDir, "/status");
  if (args.has("json")) await io.out(`${JSON.stringify(answer, null, 2)}\n`);
  else await io.out(args.has("marks") ? marksTable(answer) : statusText(answer));
  return ExitCode.DONE;
}
