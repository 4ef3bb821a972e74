/**
 * Exactly one link per pair of servers.
 *
 * A connection becomes the link in two steps: the dialler *claims* it before it sends WELCOME, the acceptor
 * *admits* it when that WELCOME arrives. So a connection can be refused only before either side has used it, and
 * a link that is up is never given up for another connection of the same two runs. When both dial and both
 * claims cross, the connection of the server with the smaller name wins, on both sides.
 *
 * A server that was started again has another epoch. Its old link is probed: while that answers, another server
 * lives under the same name and the newcomer is refused; else the newcomer replaces it.
 *
 * @module
 */
import { GoodbyeReason } from "../../wire/link_messages.ts";
import type { ServerIdentity } from "../../wire/server_info.ts";
import { HandshakeRefusal } from "./handshake.ts";
import type { Link } from "./link.ts";

/** A dialled connection between WELCOME sent and WELCOME received. */
export interface Claim {
  readonly peer: ServerIdentity;
  /** The connection that the peer dialled was admitted instead. */
  lost: boolean;
}

/** Decides which connection becomes the link to a server, by claims and admissions. */
export class LinkRegistry {
  readonly #selfName: () => string;
  readonly #links = new Map<string, Link>();
  readonly #claims = new Map<string, Claim>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** @param selfName This server's name. */
  constructor(selfName: () => string) {
    this.#selfName = selfName;
  }

  /** Links that are up. */
  get links(): IterableIterator<Link> {
    return this.#links.values();
  }

  /** The link with a server, if it is up. */
  get(name: string): Link | undefined {
    return this.#links.get(name);
  }

  /**
   * Before a dialler sends WELCOME.
   *
   * @throws {HandshakeRefusal} When the connection must not become the link.
   */
  async claim(peer: ServerIdentity): Promise<Claim> {
    for (;;) {
      const link = this.#links.get(peer.name);
      if (this.#claims.has(peer.name) || link?.peer.epoch === peer.epoch) throw duplicate(peer);
      if (link === undefined) break;
      await this.#replace(link, peer);
    }
    const claim = { peer, lost: false };
    this.#claims.set(peer.name, claim);
    return claim;
  }

  /** The dialler gives up, or is about to {@linkcode establish}. */
  release(claim: Claim): void {
    if (this.#claims.get(claim.peer.name) === claim) this.#claims.delete(claim.peer.name);
  }

  /**
   * When the acceptor's WELCOME has reached the dialler.
   *
   * @throws {HandshakeRefusal} When another connection was admitted meanwhile.
   */
  confirm(claim: Claim): void {
    this.release(claim);
    if (claim.lost || this.#links.has(claim.peer.name)) throw duplicate(claim.peer);
  }

  /**
   * When a dialler's WELCOME has reached the acceptor; the owner must {@linkcode establish} in the same turn.
   *
   * @throws {HandshakeRefusal} When the connection must not become the link.
   */
  async admit(peer: ServerIdentity): Promise<void> {
    for (;;) {
      const claim = this.#claims.get(peer.name);
      if (claim?.peer.epoch === peer.epoch && this.#selfName() < peer.name) throw duplicate(peer);
      const link = this.#links.get(peer.name);
      if (link === undefined) {
        if (claim !== undefined) claim.lost = true;
        return;
      }
      if (link.peer.epoch === peer.epoch && !link.dialled) {
        // It dialled the old one as well, and would have kept it had it not lost it.
        link.terminate(GoodbyeReason.REPLACED, "UNAVAILABLE", `${peer.name} has dialled anew`);
      } else await this.#replace(link, peer);
    }
  }

  /** From now on this is the link with its peer. */
  establish(link: Link): void {
    this.#links.set(link.peer.name, link);
  }

  /** The link has ended; those who wait for that are told. */
  remove(link: Link): void {
    const { name } = link.peer;
    if (this.#links.get(name) !== link) return;
    this.#links.delete(name);
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    for (const resolve of waiting ?? []) resolve();
  }

  /** Settles when the present link with `name` has ended, or `signal` aborts; at once when there is none. */
  ended(name: string, signal: AbortSignal): Promise<void> {
    if (!this.#links.has(name) || signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    let waiting = this.#waiting.get(name);
    if (waiting === undefined) this.#waiting.set(name, waiting = new Set());
    const settle = (): void => {
      signal.removeEventListener("abort", settle);
      waiting.delete(settle);
      resolve();
    };
    waiting.add(settle);
    signal.addEventListener("abort", settle);
    return promise;
  }

  /** Ends `link` if it does not answer any more; else refuses. */
  async #replace(link: Link, peer: ServerIdentity): Promise<void> {
    if (!await link.probe()) {
      link.terminate(GoodbyeReason.REPLACED, "UNAVAILABLE", `${peer.name} has a new connection`);
      return;
    }
    if (link.peer.epoch === peer.epoch) throw duplicate(peer);
    throw new HandshakeRefusal(
      GoodbyeReason.NAME_IN_USE,
      "INVALID_ARGUMENT",
      `another server with the name "${peer.name}" is linked with ${this.#selfName()} and answers: ` +
        "give one of them another --name",
    );
  }
}

function duplicate(peer: ServerIdentity): HandshakeRefusal {
  return new HandshakeRefusal(
    GoodbyeReason.DUPLICATE,
    "UNAVAILABLE",
    `another connection is the link with ${peer.name}`,
  );
}
