/**
 * Starting worker processes.
 *
 * @module
 */
import { denoCommand } from "./deno_command.ts";
import type { UserProject } from "./user_project.ts";
import type { Sandbox } from "../worker/assignment.ts";

/** What a worker process is started with. */
export interface SpawnOptions {
  /** What it is. */
  readonly kind: "web" | "exec";
  /** The server's control socket. */
  readonly controlPath: string;
  /** What it must show when it attaches. */
  readonly token: string;
  /** The project its modules belong to. */
  readonly project: UserProject;
  /** How it is sandboxed; absent: it has all permissions. */
  readonly sandbox?: Sandbox | undefined;
  /** Where its import map is written, in a directory of this run of the server alone. */
  readonly importMapPath: string;
}

/**
 * Starts a worker process. What it writes is read by its server: neither stdout nor stderr is its own.
 *
 * @param options What it is started with.
 * @returns The process; it attaches by itself.
 */
export function spawnWorker(options: SpawnOptions): Deno.ChildProcess {
  const { project, sandbox, controlPath, token, kind, importMapPath } = options;
  const [program = "", ...args] = denoCommand("worker_main.ts", project, importMapPath, sandbox) ??
    [Deno.execPath(), "worker"];
  return new Deno.Command(program, {
    args: [...args, controlPath, token, kind],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // Payloads are freed by other threads than the one that made them: with one arena they are used again.
    env: { NO_COLOR: "1", MALLOC_ARENA_MAX: Deno.env.get("MALLOC_ARENA_MAX") ?? "1" },
  }).spawn();
}
