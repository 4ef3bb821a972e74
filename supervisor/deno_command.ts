/**
 * Running a program of ours under the configuration of a user's project.
 *
 * From a checkout, Deno itself runs it. A compiled program is no Deno: it can run our modules, and users'
 * modules that import nothing but each other, `mesh` and `node:` modules; for more it needs a `deno`
 * beside it, and our modules as files.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { MeshError } from "../errors.ts";
import { findDeno } from "./find_deno.ts";
import { permissionFlags } from "../worker/sandbox.ts";
import { OWN_ROOT, unpackProgram } from "./unpack.ts";
import { type UserProject, workerImportMap } from "./user_project.ts";
import { unlessOverridden, WORKER_V8_FLAGS } from "./v8_flags.ts";
import type { Sandbox } from "../worker/assignment.ts";

/**
 * The name of a main module that nobody loads: Deno looks for the configuration where it would be. Our program is
 * preloaded, and never lets Deno go on to its main module.
 */
const MAIN_MODULE = "mesh-worker.ts";

/** Whether this program is a `deno compile` executable. */
export const isCompiled = Deno.build.standalone;

/**
 * The command that runs one of our programs as a part of a user's project.
 *
 * @param script Name of the program's file in this folder.
 * @param project The user's project.
 * @param importMapPath Where its import map is to be written, in a directory of this run of the server alone.
 * @param sandbox How it is sandboxed; absent: it has all permissions.
 * @returns Command and arguments; those of the script itself are to be appended. `undefined`: this is a
 *   compiled program, and is to do it itself.
 * @throws {MeshError} `UNIMPLEMENTED` when a compiled program is to sandbox it.
 */
export function denoCommand(
  script: "worker_main.ts" | "describe_main.ts",
  project: UserProject,
  importMapPath: string,
  sandbox?: Sandbox,
): string[] | undefined {
  let deno: string | undefined = Deno.execPath();
  let root = OWN_ROOT;
  if (isCompiled && sandbox !== undefined) {
    // Its permissions are those it was compiled with, and can only be given up as a whole.
    throw new MeshError(
      "UNIMPLEMENTED",
      "exec.permissions: a compiled mesh cannot sandbox its workers; run it from a checkout, or leave them out",
      { started: false },
    );
  }
  if (isCompiled) {
    deno = project.configured ? findDeno() : undefined;
    if (deno === undefined) return undefined;
    root = unpackProgram(dirname(importMapPath));
  }
  writeImportMap(importMapPath, project, root);
  return [
    deno,
    "run",
    "--quiet",
    // One file for all of the user's programs, mapped by each: 3 MiB and more, and no faster start to show for it.
    "--no-code-cache",
    "--no-prompt",
    ...unlessOverridden(WORKER_V8_FLAGS),
    ...(sandbox ? permissionFlags(sandbox.granted, sandbox.needed) : ["--allow-all"]),
    // `reusePort` lets several processes listen on one port.
    "--unstable-net",
    // `request.signal` fires when the browser goes away, and not at the end of every request.
    "--unstable-no-legacy-abort",
    ...(project.locked ? [] : ["--no-lock"]),
    "--import-map",
    importMapPath,
    "--preload",
    new URL(`worker/${script}`, root).href,
    join(project.directory, MAIN_MODULE),
  ];
}

function writeImportMap(path: string, { importMap }: UserProject, root: URL): void {
  const text = JSON.stringify(workerImportMap({ importMap, root }));
  // Not once more for each process: the file system may be full meanwhile.
  if (isText(path, text)) return;
  // Renamed into place: another worker may be reading the map that is there.
  const newPath = `${path}.${crypto.randomUUID()}`;
  Deno.writeTextFileSync(newPath, text, { createNew: true, mode: 0o600 });
  // Whatever the umask took from its owner.
  Deno.chmodSync(newPath, 0o600);
  Deno.renameSync(newPath, path);
}

function isText(path: string, text: string): boolean {
  try {
    return Deno.readTextFileSync(path) === text;
  } catch {
    return false;
  }
}
