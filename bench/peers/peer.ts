/**
 * Those who are measured beside each other.
 *
 * @module
 */

/** A process of a peer. */
export interface PeerProcess {
  readonly role: string;
  readonly pid: number;
}

/** One that is measured. */
export interface Peer {
  /** `mesh`, `other`, `floor`, `nats`, `serve`. */
  readonly name: string;
  /** Where its requester serves: `http://host:port`. */
  readonly url: string;
  /** All its processes. */
  readonly processes: readonly PeerProcess[];
}
