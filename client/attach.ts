/**
 * Joining a running server's mesh from any Deno program on its machine.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { native } from "../native/ffi.ts";
import { type PathFault, privateDirectoryFault } from "../shm/private_directory.ts";
import { Attachment } from "./attachment.ts";
import { MeshClient } from "./mesh_client.ts";
import type { Mesh } from "./types.ts";

/** Where to join. */
export interface AttachOptions {
  /** The server's runtime directory, as given to `mesh run --runtime-dir`. */
  runtimeDir: string;
  /** How long to wait for the server's answer, in ms. Default 5000. */
  timeoutMs?: number;
}

/** A mesh that is left when disposed: `using mesh = await attach(…)`. */
export interface AttachedMesh extends Mesh, Disposable, AsyncDisposable {}

class Attached extends MeshClient implements AttachedMesh {
  readonly #attachment: Attachment;

  constructor(attachment: Attachment) {
    super(attachment.calls, attachment.welcome.timeoutMs);
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
 * @param options Where to join.
 * @returns The mesh as that server sees it; dispose of it to give the slot back.
 * @throws {MeshError} `UNAVAILABLE` when no server runs there, `PERMISSION_DENIED` when another user may have
 *   made that directory or listens there, `RESOURCE_EXHAUSTED` when all its slots are taken.
 *
 * @example
 * ```ts no-run
 * import { attach } from "mesh";
 *
 * using mesh = await attach({ runtimeDir: "/dev/shm/mesh-0/web-1" });
 * console.log(await mesh.call("quotes.price", { symbol: "YHOO" }));
 * ```
 */
export async function attach(options: AttachOptions): Promise<AttachedMesh> {
  const fault = faultOf(options.runtimeDir);
  if (fault?.why === "unsafe") {
    throw new MeshError(
      "PERMISSION_DENIED",
      `attach at ${options.runtimeDir}/control.sock: ${fault.text}`,
      { started: false },
    );
  }
  const attachment = await Attachment.open(
    `${options.runtimeDir}/control.sock`,
    { kind: "guest" },
    options.timeoutMs ?? 5_000,
  );
  attachment.start();
  return new Attached(attachment);
}

/** Whoever may have put a socket there would get every call of this program. */
function faultOf(runtimeDir: string): PathFault | undefined {
  try {
    return privateDirectoryFault(runtimeDir, native().mesh_user_id());
  } catch (error) {
    // To look at /dev, Deno wants more than `--allow-read`. The native attach asks the kernel who listens in any case.
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
