/**
 * `mesh reload`: a running server reads its configuration again.
 *
 * @module
 */
import type { ReloadReport } from "../server/reload.ts";
import { tellServer } from "./admin_client.ts";
import { type Arguments, ExitCode, type Io } from "./command.ts";
import { chooseOwnRuntimeDir } from "./runtime_dirs.ts";

/** Time the server has to read everything, modules with key functions included, in ms. */
const RELOAD_MS = 30_000;
/** The status by which a server refuses a configuration. */
const UNPROCESSABLE = 422;

/**
 * Has a server read its configuration again, and prints what has come of it.
 *
 * @returns 0; 2 when the new configuration is faulty, which changes nothing.
 * @throws {Error} When no server runs there or it does not answer.
 */
export async function reload(args: Arguments, io: Io): Promise<number> {
  const runtimeDir = chooseOwnRuntimeDir(args.text("runtime-dir"), io.cwd);
  const { status, text } = await tellServer(runtimeDir, "/reload", RELOAD_MS);
  if (status === UNPROCESSABLE) {
    await io.err(`mesh reload: nothing has changed: ${text.trimEnd()}`);
    return ExitCode.USAGE;
  }
  if (status !== 200) throw new Error(`the server answered ${status}: ${text.trimEnd()}`);
  const report: ReloadReport = JSON.parse(text);
  if (args.has("json")) await io.out(`${JSON.stringify(report, null, 2)}\n`);
  else {
    await io.out(`in force as configured: ${report.reloaded.join(", ")}\n`);
    if (report.needRestart.length > 0) {
      await io.out(`changed, but only by a restart: ${report.needRestart.join(", ")}\n`);
    }
    for (const { slot, why } of report.late) {
      await io.out(`slot ${slot} does not use the key modules as they are now: ${why}\n`);
    }
  }
  return ExitCode.DONE;
}
