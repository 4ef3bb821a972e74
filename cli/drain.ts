/**
 * `mesh drain`: a running server finishes what is under way and ends.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { DrainReport } from "../server/admin.ts";
import { isServing, tellServer } from "./admin_client.ts";
import { type Arguments, ExitCode, type Io } from "./command.ts";
import { chooseOwnRuntimeDir } from "./runtime_dirs.ts";

/** Time a server has to close everything, beyond that for its calls, in ms. */
const CLOSE_MS = 10_000;
/** Pause between two looks whether it has ended, in ms. */
const LOOK_MS = 25;

/**
 * Drains a server and waits until it has ended.
 *
 * @returns 0; 1 when it has not ended in time.
 * @throws {Error} When no server runs there or it does not answer.
 */
export async function drain(args: Arguments, io: Io): Promise<number> {
  const runtimeDir = chooseOwnRuntimeDir(args.text("runtime-dir"), io.cwd);
  const { status, text } = await tellServer(runtimeDir, "/drain");
  if (status !== 200) throw new Error(`the server answered ${status}: ${text.trimEnd()}`);
  const { name, pid, drainMs }: DrainReport = JSON.parse(text);
  if (args.has("no-wait")) return ExitCode.DONE;

  const boundMs = args.number("timeout-ms") ?? drainMs + CLOSE_MS;
  const deadline = performance.now() + boundMs;
  // The socket goes before the process, whose number another PID namespace does not know.
  while (await isServing(runtimeDir) || await isRunning(pid)) {
    if (performance.now() > deadline) {
      await io.err(
        `mesh drain: ${name} (pid ${pid}) drains, but has not ended after ${boundMs} ms`,
      );
      return ExitCode.FAILED;
    }
    await delay(LOOK_MS);
  }
  await io.out(`${name} has ended\n`);
  return ExitCode.DONE;
}

/** Whether a process runs: one that has ended, and whose parent has not noticed yet, does not. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    // The name in the second field may itself hold blanks and parentheses.
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}
