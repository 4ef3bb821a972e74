/**
 * A server's runtime directory: nobody else's, private, and left as it was found.
 *
 * Nothing that lies in it already is used, changed or removed, but for what a dead server left. Files that
 * are only for this run are in a folder of a new name, so that they meet nothing of a user's own.
 *
 * @module
 */
import { RUNTIME_DIR_TRIES_MAX, UNIX_PATH_MAX_BYTES } from "../limits.ts";
import { dirname, join } from "@std/path";
import { textOf } from "../boundary/text.ts";
import { RUN_DIR_PREFIX, RuntimeFile } from "../config/runtime_dir.ts";
import type { ServerConfig } from "../config/types.ts";
import { MeshError } from "../errors.ts";
import { type PathFault, privateDirectoryFault } from "../shm/private_directory.ts";
import { fileId, isRunDir, remove, removeIfSame } from "./own_files.ts";

/** The runtime directory of one run: claimed, used, and left as it was found. */
export class RuntimeDir implements Disposable {
  /** Where the files are that are only for this run: mode 0700, made by `claim()`. */
  readonly runDir: string;
  readonly #config: ServerConfig;
  /** Directories that this server made, outermost first, with their ids. */
  #made: [path: string, id: string][] = [];
  /** Which directory it is that has the name. */
  #id: string | undefined;
  #claimed = false;

  /**
   * Makes the directory (mode 0700) if it is not there.
   *
   * @param config The server's configuration.
   * @throws {MeshError} `PERMISSION_DENIED` when it cannot be made or written or is not safe, and
   *   `INVALID_ARGUMENT` when its path is too long for a socket.
   */
  constructor(config: ServerConfig) {
    this.#config = config;
    this.runDir = join(config.runtimeDir, RUN_DIR_PREFIX + crypto.randomUUID());
    const longest = new TextEncoder().encode(this.path(RuntimeFile.CONTROL)).length;
    if (longest > UNIX_PATH_MAX_BYTES) {
      throw new MeshError(
        "INVALID_ARGUMENT",
        `runtime directory ${config.runtimeDir}: its sockets' paths take ${longest} bytes, the system ` +
          `allows ${UNIX_PATH_MAX_BYTES}; choose a shorter one with --runtime-dir`,
      );
    }
    try {
      this.#make();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Absolute path of a file in it. */
  path(name: string): string {
    return join(this.#config.runtimeDir, name);
  }

  /**
   * Makes the segment, which tells everybody that this server lives here, and removes what a dead one left.
   *
   * @param createSegment Takes the place of a dead server's segment, and of nothing else.
   * @returns The segment.
   * @throws Whatever `createSegment` throws, and when the directory of this run cannot be made.
   */
  claim<T extends Disposable>(createSegment: (path: string) => T): T {
    const path = this.path(RuntimeFile.SEGMENT);
    for (let tries = 1;; tries++) {
      const deadOne = fileId(path) !== undefined;
      let segment: T;
      try {
        segment = createSegment(path);
      } catch (error) {
        // Another server has swept it away, with the segment of a dead one.
        if (tries === RUNTIME_DIR_TRIES_MAX || fileId(this.#config.runtimeDir) === this.#id) {
          throw error;
        }
        this.#make();
        continue;
      }
      try {
        if (deadOne) this.#removeLeftRunDirs();
        this.#claimed = true;
        this.#makeRunDir();
        return segment;
      } catch (error) {
        segment[Symbol.dispose]();
        throw error;
      }
    }
  }

  /**
   * Makes again what somebody has removed.
   *
   * @returns Whether anything was missing.
   * @throws {MeshError} `PERMISSION_DENIED` when it cannot be made.
   */
  restore(): boolean {
    if (fileId(this.#config.runtimeDir) !== this.#id) this.#make();
    if (fileId(this.runDir) !== undefined) return false;
    this.#makeRunDir();
    return true;
  }

  /** Removes what this server made, and nothing else. */
  [Symbol.dispose](): void {
    if (this.#claimed) remove(this.runDir, true);
    for (const [path, id] of this.#made.toReversed()) removeIfSame(path, id);
    this.#made = [];
    // The parent of default directories is this user's servers', and the last one closes the door.
    const parent = dirname(this.#config.runtimeDir);
    if (this.#config.runtimeDirIsDefault && faultOf(parent) === undefined) remove(parent);
  }

  #make(): void {
    const { runtimeDir, runtimeDirIsDefault } = this.#config;
    for (let tries = 1;; tries++) {
      try {
        if (runtimeDirIsDefault) this.#makePrivate(dirname(runtimeDir));
        this.#makePrivate(runtimeDir);
        // Whether it can be written in is told here, and not when a worker starts.
        Deno.removeSync(Deno.makeTempDirSync({ dir: runtimeDir, prefix: ".mesh-" }));
        break;
      } catch (cause) {
        // Gone meanwhile: a sweep has taken the dead one that was there, or the last server has removed the parent.
        if (cause instanceof Deno.errors.NotFound && tries < RUNTIME_DIR_TRIES_MAX) continue;
        if (cause instanceof MeshError) throw cause;
        throw this.#cannotWrite(textOf(cause), cause);
      }
    }
    this.#id = fileId(runtimeDir);
  }

  #makePrivate(directory: string): void {
    for (const path of missing(directory)) {
      // What it will be in is looked at first: nothing is made where another user could replace it.
      const fault = faultOf(path);
      if (fault !== undefined && fault.why !== "missing") this.#refuse(fault);
      try {
        Deno.mkdirSync(path, { mode: 0o700 });
      } catch (error) {
        // Another server of this user was quicker.
        if (error instanceof Deno.errors.AlreadyExists && fileId(path) !== undefined) continue;
        throw error;
      }
      // Whatever the umask took from its owner.
      Deno.chmodSync(path, 0o700);
      this.#made.push([path, fileId(path) ?? ""]);
    }
    const fault = faultOf(directory);
    if (fault?.why === "missing") throw new Deno.errors.NotFound(fault.text);
    if (fault !== undefined) this.#refuse(fault);
  }

  #refuse({ why, text }: PathFault): never {
    if (why !== "unsafe") throw this.#cannotWrite(text);
    throw new MeshError(
      "PERMISSION_DENIED",
      `the runtime directory ${this.#config.runtimeDir} is not safe: ${text}`,
      { started: false },
    );
  }

  #makeRunDir(): void {
    try {
      Deno.mkdirSync(this.runDir, { mode: 0o700 });
      Deno.chmodSync(this.runDir, 0o700);
    } catch (cause) {
      throw this.#cannotWrite(textOf(cause), cause);
    }
  }

  /** Those of a dead server: the segment's lock tells that no other lives here. */
  #removeLeftRunDirs(): void {
    for (const entry of Deno.readDirSync(this.#config.runtimeDir)) {
      if (isRunDir(entry)) remove(this.path(entry.name), true);
    }
  }

  #cannotWrite(reason: string, cause?: unknown): MeshError {
    return new MeshError(
      "PERMISSION_DENIED",
      `cannot write in the runtime directory ${this.#config.runtimeDir}: ${reason}`,
      { started: false, cause },
    );
  }
}

function faultOf(directory: string): PathFault | undefined {
  return privateDirectoryFault(directory, Deno.uid() ?? 0);
}

/** The directories to be made, outermost first. */
function missing(directory: string): string[] {
  const result: string[] = [];
  for (let at = directory; fileId(at) === undefined; at = dirname(at)) result.unshift(at);
  return result;
}
