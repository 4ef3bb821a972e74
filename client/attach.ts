/**
 * Joining a running server's mesh from any Deno program on its machine.
 *
 * @module
 */
import { milliseconds, path } from "../boundary/option_kinds.ts";
import { readOptions } from "../boundary/options.ts";
import { MeshError } from "../errors.ts";
import {
  meantServer,
  ownPlaces,
  runningServers,
  RuntimeFile,
  type ServerPlaces,
  strangersFault,
} from "../shm/running_servers.ts";
import { Attachment } from "../endpoint/attachment.ts";
import { CallSender } from "./call_sender.ts";
import { MeshClient } from "./mesh_client.ts";
import type { Mesh } from "./types.ts";

/** Where to join. */
export interface AttachOptions {
  /**
   * The server's runtime directory, as given to `mesh run --runtime-dir`. Default: that of the only server of
   * this user that runs; while `mesh demo` runs alone, that of its web server.
   */
  runtimeDir?: string;
  /** How long to wait for the server's answer, in ms, from 1 to 86400000. Default 5000. */
  timeoutMs?: number;
}

const OPTIONS = { runtimeDir: path, timeoutMs: milliseconds(1) };

/** A mesh that is left when disposed: `using mesh = await attach(…)`. */
export interface AttachedMesh extends Mesh, Disposable, AsyncDisposable {}

class Attached extends MeshClient implements AttachedMesh {
  readonly #attachment: Attachment;

  constructor(attachment: Attachment) {
    super(new CallSender(attachment), attachment.welcome.timeoutMs);
    this.#attachment = attachment;
  }

  [Symbol.dispose](): void {
    this.#attachment[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    return Promise.resolve();
  }
}

/**
 * Takes a free slot of a running server, for instance from a cron job or a test.
 *
 * The program needs the permissions `--allow-ffi --allow-read --allow-env`.
 *
 * @param options Where to join. Default: the only server that runs.
 * @returns The mesh as that server sees it; dispose of it to give the slot back.
 * @throws {MeshError} `UNAVAILABLE` when no server runs there, `PERMISSION_DENIED` when another user may have
 *   made that directory or listens there, `RESOURCE_EXHAUSTED` when all its slots are taken, `INVALID_ARGUMENT`
 *   for a wrong option, and when several servers run and none is named.
 *
 * @example
 * ```ts no-run
 * import { attach } from "mesh";
 *
 * using mesh = await attach({ runtimeDir: "/dev/shm/mesh-0/web-1" });
 * console.log(await mesh.call("quotes.price", { symbol: "YHOO" }));
 * ```
 */
export async function attach(options: AttachOptions = {}): Promise<AttachedMesh> {
  const { runtimeDir = onlyRuntimeDir(), timeoutMs = 5_000 } = readOptions(
    "attach",
    options,
    OPTIONS,
    "ignored", // what servers are told of, a `TestServer` for instance, has more
  ) as AttachOptions;
  const control = `${runtimeDir}/${RuntimeFile.CONTROL}`;
  // Whoever may have put a socket there would get every call of this program.
  const fault = strangersFault(runtimeDir);
  if (fault !== undefined) {
    throw new MeshError("PERMISSION_DENIED", `attach at ${control}: ${fault}`, { started: false });
  }
  const attachment = await Attachment.open(control, { kind: "guest" }, Math.ceil(timeoutMs));
  attachment.start();
  return new Attached(attachment);
}

/**
 * The runtime directory of the server that is meant when none is named.
 *
 * @param places Where servers are looked for. Default: where this user's are.
 * @throws {MeshError} `UNAVAILABLE` when none runs, `INVALID_ARGUMENT` when several do, `PERMISSION_DENIED` when
 *   another user may have made the directory that they are in.
 */
export function onlyRuntimeDir(places: ServerPlaces = ownPlaces()): string {
  const running = runningServers(places);
  const meant = meantServer(running);
  if (meant !== undefined) return meant.runtimeDir;
  const started = false;
  if (running.length === 0) {
    const message =
      `attach: no server runs under ${places.parent}, and no demo: start one, or name ` +
      "the directory of one by runtimeDir";
    throw new MeshError("UNAVAILABLE", message, { started });
  }
  const list = running.map(({ runtimeDir }) => `\n  ${runtimeDir}`).join("");
  const message = `attach: ${running.length} servers run; name one by runtimeDir:${list}`;
  throw new MeshError("INVALID_ARGUMENT", message, { started });
}
