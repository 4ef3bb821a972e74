/**
 * What links tell about web servers, sooner than any check over HTTP.
 *
 * A server that drains is left out for as long as it does. One whose link is lost has most likely died, so
 * it counts as unhealthy at once; but browsers do not come by the link, so from then on its page decides
 * again: a fault of the links alone must not take the whole site away.
 *
 * @module
 */

/** A server as the links show it. */
export interface LinkedServer {
  readonly connected: boolean;
  readonly draining: boolean;
}

/** Knows which of the web servers drain, and tells of each link that is lost. */
export class LinkWatch {
  readonly #connected = new Map<string, boolean>();
  readonly #find: (server: string) => LinkedServer | undefined;
  readonly #onLost: (server: string) => void;

  /**
   * @param servers Names of the web servers.
   * @param find Looks a server up; `undefined`: there never was a link to it.
   * @param onLost Called once when the link to a server is lost.
   */
  constructor(
    servers: readonly string[],
    find: (server: string) => LinkedServer | undefined,
    onLost: (server: string) => void,
  ) {
    this.#find = find;
    this.#onLost = onLost;
    for (const server of servers) this.#connected.set(server, false);
  }

  /** Looks for links that were lost since the last time. */
  look(): void {
    for (const [server, before] of this.#connected) {
      const now = this.#find(server)?.connected ?? false;
      if (now === before) continue;
      this.#connected.set(server, now);
      if (before) this.#onLost(server);
    }
  }

  /** Whether a linked server drains. */
  draining(server: string): boolean {
    const found = this.#find(server);
    return found !== undefined && found.connected && found.draining;
  }
}
