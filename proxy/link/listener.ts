/**
 * Accepts connections on the link port.
 *
 * @module
 */
import { textOf } from "../../boundary/text.ts";
import { type Address, formatAddress } from "../../address.ts";
import type { Outside } from "../../outside/outside.ts";
import type { Connection, ConnectionListener, Network } from "./network.ts";
import type { Log } from "../../client/types.ts";
import { MeshError } from "../../errors.ts";

/** Pause after a failed accept (no more file descriptors, for instance), in ms. */
const ACCEPT_PAUSE_MS = 100;

/** What a listener needs. */
export interface ListenerParts {
  /** Where it listens. */
  readonly network: Network;
  /** Its timer. */
  readonly outside: Outside;
  /** Told of each connection. */
  readonly accepted: (conn: Connection) => void;
  /** Where trouble is reported. */
  readonly log: Log;
}

/** Listens until it is closed, and tries again where it could not accept. */
export class LinkListener {
  readonly #listener: ConnectionListener;
  readonly #log: Log;
  readonly #outside: Outside;
  readonly #accepted: (conn: Connection) => void;
  readonly #done: Promise<void>;
  #closed = false;
  #wake: (() => void) | undefined;

  /**
   * Listens.
   *
   * @param at Port 0: any free one.
   * @param parts Where it listens, and who is told of connections and of trouble.
   * @throws {MeshError} When the address cannot be listened on, with the address and the reason.
   */
  constructor(at: Address, parts: ListenerParts) {
    const { network, outside, accepted, log } = parts;
    this.#log = log;
    this.#outside = outside;
    this.#accepted = accepted;
    try {
      this.#listener = network.listen(at);
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
          address: formatAddress(this.address),
          error: textOf(error),
        });
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = this.#outside.after(ACCEPT_PAUSE_MS, resolve);
        this.#wake = resolve;
        await promise;
        this.#outside.cancel(timer);
      }
    }
  }
}

function listenError(at: Address, error: unknown): MeshError {
  const address = formatAddress(at);
  const options = { started: false, cause: error };
  if (error instanceof Deno.errors.AddrInUse) {
    return new MeshError(
      "UNAVAILABLE",
      `cannot listen for links on ${address}: the address is in use; choose another one (--link host:port)`,
      options,
    );
  }
  const text = textOf(error);
  const code = error instanceof Deno.errors.PermissionDenied ? "PERMISSION_DENIED" : "UNAVAILABLE";
  return new MeshError(
    code,
    `cannot listen for links on ${address}: ${text}; choose another address (--link host:port)`,
    options,
  );
}
