/**
 * The servers of the mesh as this proxy knows them: itself, and everybody it has or had a link to.
 *
 * @module
 */
import { GONE_SERVERS_MAX } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { serverHash } from "../routing/hash.ts";
import type { ServerView } from "../routing/types.ts";
import type { ServiceInfo } from "../wire/server_info.ts";
import type { LinkPort } from "./link/port.ts";

/** A server, and the way to it. */
export interface Member extends ServerView {
  /** What it offers, handlers by name. */
  readonly services: ReadonlyMap<string, ServiceInfo>;
  /** The link to it; `null` for this server itself and while there is none. */
  readonly port: LinkPort | null;
}

/** Who offers what, as routing needs it. A server that has gone stays known with what it offered. */
export class Membership {
  readonly #self: string;
  readonly #members = new Map<string, Member>();

  /** @param self This server's name. */
  constructor(self: string) {
    this.#self = self;
    this.setSelf([], false);
  }

  /** All of them. */
  get members(): Member[] {
    return [...this.#members.values()];
  }

  /** The server with this name. */
  get(name: string): Member | undefined {
    return this.#members.get(name);
  }

  /** What this server offers has changed. */
  setSelf(offers: readonly ServiceInfo[], draining: boolean): void {
    this.#members.set(this.#self, {
      name: this.#self,
      hash: serverHash(this.#self),
      local: true,
      connected: true,
      draining,
      services: new Map(offers.map((offer) => [offer.name, offer])),
      port: null,
    });
  }

  /** There is a link to a server, or what it offers has changed. */
  setPeer(port: LinkPort): void {
    const { peer } = port.link;
    this.#members.set(peer.name, {
      name: peer.name,
      hash: serverHash(peer.name),
      local: false,
      connected: true,
      draining: peer.draining,
      services: new Map(peer.services.map((service) => [service.name, service])),
      port,
    });
  }

  /** The link to a server is gone; the server stays known, unless many others have gone since. Ignored if another link has replaced it. */
  linkGone(port: LinkPort): void {
    const member = this.#members.get(port.link.peer.name);
    if (member?.port !== port) return;
    // Set anew, so that the oldest of those that have gone comes first.
    this.#members.delete(member.name);
    this.#members.set(member.name, { ...member, connected: false, port: null });
    const gone = this.members.filter(({ connected }) => !connected);
    const [first] = gone;
    if (first === undefined || gone.length <= GONE_SERVERS_MAX) return;
    reached("GONE_SERVERS_MAX");
    this.#members.delete(first.name);
  }

  /**
   * Whether a server declares that a handler may be repeated.
   *
   * @param server Its name; empty: this server.
   * @param target `"service.handler"`.
   */
  isIdempotent(server: string, target: string): boolean {
    const dot = target.lastIndexOf(".");
    const service = target.slice(0, dot);
    const handler = target.slice(dot + 1);
    const member = this.#members.get(server === "" ? this.#self : server);
    const found = member?.services.get(service)?.handlers.find(({ name }) => name === handler);
    return found?.idempotent === true;
  }
}
