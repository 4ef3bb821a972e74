/**
 * Finding the running servers of this user, for whoever names none: the command line, and programs that join.
 *
 * Needs no permission but that of the native library: Deno itself would ask for all of them before it shows
 * what is below `/dev/shm`.
 *
 * @module
 */
import { DIRECTORY_NAMES_MAX_BYTES } from "../limits.ts";
import { MeshError } from "../errors.ts";
import { NativeFault, readReport } from "../native/fault.ts";
import { native } from "../native/ffi.ts";
import { privateDirectoryFault } from "./private_directory.ts";

/** Names of the files of a runtime directory. */
export const RuntimeFile = {
  /** The shared memory; its lock tells that its server lives. */
  SEGMENT: "segment",
  /** Unix socket: attaching to a slot. */
  CONTROL: "control.sock",
  /** Unix socket: status and commands over HTTP. */
  ADMIN: "admin.sock",
} as const;

/** Where default runtime directories of a user are, and those of his demos. */
export interface ServerPlaces {
  /** A directory whose directories are runtime directories. */
  readonly parent: string;
  /** A directory in which each demo has a directory of runtime directories. */
  readonly demos: string;
}

/** Beginning of the name of a demo's directory. */
export const DEMO_PREFIX = "mesh-demo-";
/** The server of a demo that serves browsers and knows the others. */
export const DEMO_WEB = "web-1";
/** Where all of it is: in memory. */
export const SHARED_MEMORY = "/dev/shm";

/** A server that runs. */
export interface FoundServer {
  /** Absolute path of its runtime directory. */
  readonly runtimeDir: string;
  /** The directory of the demo that it is a part of; absent otherwise. */
  readonly demo?: string;
}

/** Parent of a user's default runtime directories. */
export function runtimeParentOf(uid: number): string {
  return `${SHARED_MEMORY}/mesh-${uid}`;
}

/** The places of this process's user. */
export function ownPlaces(): ServerPlaces {
  return { parent: runtimeParentOf(native().mesh_user_id()), demos: SHARED_MEMORY };
}

/**
 * The servers that run: somebody listens at their admin sockets. Directories of other users are passed over.
 *
 * @param places Where to look.
 * @returns The servers, sorted by directory; those of demos last.
 * @throws {MeshError} `PERMISSION_DENIED` when another user may have made `places.parent`, others when the places
 *   cannot be looked at.
 */
export function runningServers(places: ServerPlaces): FoundServer[] {
  const fault = strangersFault(places.parent);
  if (fault !== undefined) {
    const message = `no server is looked for: ${fault}`;
    throw new MeshError("PERMISSION_DENIED", message, { started: false });
  }
  const demos = ownDirectories(places.demos, DEMO_PREFIX);
  return [
    ...ownDirectories(places.parent).map((runtimeDir): FoundServer => ({ runtimeDir })),
    ...demos.flatMap((demo) =>
      ownDirectories(demo).map((runtimeDir): FoundServer => ({ runtimeDir, demo }))
    ),
  ].filter(({ runtimeDir }) => isListening(`${runtimeDir}/${RuntimeFile.ADMIN}`));
}

/**
 * The server that is meant by who names none.
 *
 * @param running The servers that run.
 * @returns The only one; of a demo that runs alone, its web server; `undefined` when there is no such.
 */
export function meantServer(running: readonly FoundServer[]): FoundServer | undefined {
  const [first] = running;
  if (first === undefined || running.length === 1) return first;
  const { demo } = first;
  if (demo === undefined || running.some((server) => server.demo !== demo)) return undefined;
  return running.find(({ runtimeDir }) => runtimeDir === `${demo}/${DEMO_WEB}`);
}

/**
 * Why a directory, or what is in it, may be another user's work.
 *
 * @param directory Its path.
 * @returns `undefined` when only this user can have made it, and when it cannot be looked at: it is not there, or
 *   this program may not (at `/dev`, Deno wants more than `--allow-read`). The native attach asks the kernel who
 *   listens in any case.
 */
export function strangersFault(directory: string): string | undefined {
  try {
    const fault = privateDirectoryFault(directory, native().mesh_user_id());
    return fault?.why === "unsafe" ? fault.text : undefined;
  } catch {
    return undefined;
  }
}

/** Absolute paths of this user's directories in a directory. */
function ownDirectories(parent: string, prefix = ""): string[] {
  const path = new TextEncoder().encode(parent);
  const start = new TextEncoder().encode(prefix);
  const names = new Uint8Array(DIRECTORY_NAMES_MAX_BYTES);
  const bytes = native().mesh_own_directories(
    path,
    path.byteLength,
    start,
    start.byteLength,
    names,
    names.byteLength,
  );
  if (bytes < 0) throw new NativeFault(readReport(bytes, names));
  const text = new TextDecoder().decode(names.subarray(0, bytes));
  return text.split("\0").slice(0, -1).map((name) => `${parent}/${name}`);
}

function isListening(path: string): boolean {
  const bytes = new TextEncoder().encode(path);
  const answer = native().mesh_is_listening(bytes, bytes.byteLength);
  if (answer >= 0) return answer === 1;
  const message = `look for running servers at ${path}: this process can open no further file`;
  throw new MeshError("RESOURCE_EXHAUSTED", message, { started: false });
}
