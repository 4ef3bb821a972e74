/**
 * Accepts connections on the link port.
 *
 * @module
 */
import type { Log } from "../client/types.ts";
import { MeshError } from "../errors.ts";
import { addressText } from "./link_messages.ts";

/** Pause after a failed accept (no more file descriptors, for instance), in ms. */
const ACCEPT_PAUSE_MS = 100;

/** See the module's description. */
export class LinkListener {
  readonly #listener: Deno.TcpListener;
  readonly #log: Log;
  readonly #accepted: (conn: Deno.TcpConn) => void;
  readonly #done: Promise<void>;
  #closed = false;
  #wake: (() => void) | undefined;

  /**
   * Listens.
   *
   * @param at Port 0: any free one.
   * @param accepted Told of each connection.
   * @param log Where trouble is reported.
   * @throws {MeshError} When the address cannot be listened on, with the address and the reason.
   */
  constructor(
    at: { hostname: string; port: number },
    accepted: (conn: Deno.TcpConn) => void,
    log: Log,
  ) {
    this.#log = log;
    this.#accepted = accepted;
    try {
      this.#listener = Deno.listen({ ...at, transport: "tcp" });
    } catch (error) {
      throw listenError(at, error);
    }
    this.#done = this.#run();
  }

  /** Where it listens. */
  get address(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Accepts no more. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#listener.close();
      this.#wake?.();
    }
    return this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        const conn = await this.#listener.accept();
        if (this.#closed) conn.close();
        else this.#accepted(conn);
      } catch (error) {
        if (this.#closed) return;
        this.#log.error("the link port cannot accept a connection", {
          address: addressText(this.address),
          error: error instanceof Error ? error.message : String(error),
        });
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, ACCEPT_PAUSE_MS);
        this.#wake = resolve;
        await promise;
        clearTimeout(timer);
      }
    }
  }
}

function listenError(at: { hostname: string; port: number }, error: unknown): MeshError {
  const address = addressText({ transport: "tcp", ...at });
  const options = { started: false, cause: error };
  if (error instanceof Deno.errors.AddrInUse) {
    return new MeshError(
      "UNAVAILABLE",
      `cannot listen for links on ${address}: the address is in use; choose another one (--link host:port)`,
      options,
    );
  }
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof Deno.errors.PermissionDenied ? "PERMISSION_DENIED" : "UNAVAILABLE";
  return new MeshError(
    code,
    `cannot listen for links on ${address}: ${text}; choose another address (--link host:port)`,
    options,
  );
}
