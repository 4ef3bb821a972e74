/**
 * What links need of a network: a real one is TCP, a simulated one is memory.
 *
 * @module
 */
import type { Address } from "../../address.ts";

/** A connection, as far as links use it: see `Deno.TcpConn`, which is one. */
export interface Connection {
  readonly remoteAddr: Deno.NetAddr;
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  setNoDelay(noDelay?: boolean): void;
  close(): void;
}

/** Takes connections in. */
export interface ConnectionListener {
  readonly addr: Deno.NetAddr;
  accept(): Promise<Connection>;
  close(): void;
}

/** Dials and listens. `tcp.ts` has the real one. */
export interface Network {
  /** @throws What says why there is no connection; anything once the signal is aborted. */
  connect(to: Address, signal: AbortSignal): Promise<Connection>;
  /** @throws What says why nobody can listen there. */
  listen(at: Address): ConnectionListener;
}
