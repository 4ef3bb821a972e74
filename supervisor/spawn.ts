/**
 * Starting worker processes.
 *
 * @module
 */
import { join } from "@std/path";
import type { UserProject } from "./user_project.ts";

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
  /** Where its import map is written: the server's runtime directory. */
  readonly runtimeDir: string;
}

/** Whether this program is a `deno compile` executable: then the workers are it, too. */
export const isCompiled = Deno.build.standalone;

/**
 * Starts a worker process. Its stdout goes to stderr, since stdout is the server's own.
 *
 * @param options What it is started with.
 * @returns The process; it attaches by itself.
 */
export function spawnWorker(options: SpawnOptions): Deno.ChildProcess {
  const program = isCompiled
    ? [Deno.execPath(), "worker", options.controlPath, options.token, options.kind]
    : [Deno.execPath(), ...denoArguments(options)];
  return new Deno.Command("/bin/sh", {
    args: ["-c", 'exec "$@" >&2', "sh", ...program],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
    env: { NO_COLOR: "1" },
  }).spawn();
}

function denoArguments(options: SpawnOptions): string[] {
  const { project } = options;
  const importMapPath = join(options.runtimeDir, `${options.kind}_import_map.json`);
  // Renamed into place: another worker may be reading the map that is there.
  const newPath = `${importMapPath}.${options.token}`;
  Deno.writeTextFileSync(newPath, JSON.stringify(project.importMap));
  Deno.renameSync(newPath, importMapPath);
  return [
    "run",
    "--quiet",
    "--no-prompt",
    "--allow-all",
    // `reusePort` lets several processes listen on one port.
    "--unstable-net",
    // `request.signal` fires when the browser goes away, and not at the end of every request.
    "--unstable-no-legacy-abort",
    ...(project.configPath === undefined ? ["--no-config"] : ["--config", project.configPath]),
    ...(project.locked ? [] : ["--no-lock"]),
    "--import-map",
    importMapPath,
    new URL("./worker.ts", import.meta.url).href,
    options.controlPath,
    options.token,
    options.kind,
  ];
}
