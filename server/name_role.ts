/**
 * The role `name`: the name server, and the health of the web servers that it names.
 *
 * @module
 */
import { type Address, formatAddress } from "../address.ts";
import { textOf } from "../boundary/text.ts";
import type { NameServerConfig } from "../config/types.ts";
import { MeshError } from "../errors.ts";
import { Answerer } from "../nameserver/answer.ts";
import { HealthCheck } from "../nameserver/health_check.ts";
import { LinkWatch } from "../nameserver/link_watch.ts";
import { NameServer } from "../nameserver/server.ts";
import { Zone } from "../nameserver/zone.ts";
import type { AnswerMode } from "../nameserver/types.ts";
import type { Logger } from "../observe/log.ts";
import type { Membership } from "../proxy/membership.ts";

/** How it stands with the name server: the part `nameServer` of `/status`. */
export interface NameServerStatus {
  readonly address: string;
  readonly zone: string;
  readonly mode: AnswerMode;
  /** The web servers that it names. */
  readonly servers: readonly {
    readonly name: string;
    readonly healthy: boolean;
    /** Where its health is asked for. */
    readonly url: string;
    /** Why it is left out; `null`: it is not. */
    readonly why: string | null;
  }[];
  readonly answers: Answerer["counters"];
  readonly refusedConnections: number;
}

/** A name server, with the health of the web servers that it names. Until {@linkcode NameRole.start} no web server is well. */
export class NameRole implements AsyncDisposable {
  readonly #config: NameServerConfig;
  readonly #log: Logger;
  readonly #answerer: Answerer;
  readonly #server: NameServer;
  #check: HealthCheck | undefined;
  #links: LinkWatch | undefined;

  private constructor(
    config: NameServerConfig,
    log: Logger,
    answerer: Answerer,
    server: NameServer,
  ) {
    this.#config = config;
    this.#log = log;
    this.#answerer = answerer;
    this.#server = server;
  }

  /**
   * Opens the sockets.
   *
   * @throws {MeshError} `UNAVAILABLE` when the port is in use, for UDP or for TCP, or cannot be opened.
   */
  static async open(config: NameServerConfig, log: Logger): Promise<NameRole> {
    const { hostname, port } = config;
    let role: NameRole | undefined;
    const answerer = new Answerer({
      zone: new Zone(config.zone),
      healthy: (server) => role?.healthy(server) ?? false,
    });
    try {
      const server = await NameServer.listen({ hostname, port, answerer });
      return role = new NameRole(config, log, answerer, server);
    } catch (cause) {
      const inUse = cause instanceof Deno.errors.AddrInUse ||
        (cause as { code?: string }).code === "EADDRINUSE";
      const reason = inUse ? "the port is in use, for TCP or for UDP" : textOf(cause);
      throw new MeshError(
        "UNAVAILABLE",
        `cannot listen on ${formatAddress(config)} (nameServer.listen): ${reason}`,
        { cause },
      );
    }
  }

  /** Where DNS is answered, with the real port. */
  get address(): Address {
    return this.#server.address;
  }

  /**
   * Begins to check the web servers.
   *
   * @param membership What the links tell about them.
   * @returns When each has been checked once.
   */
  start(membership: Membership): Promise<void> {
    const { health } = this.#config;
    const names = health.map(({ server }) => server);
    const links = this.#links = new LinkWatch(names, (name) => membership.get(name), (server) => {
      const why = "its link is lost";
      if (this.#check?.fail(server, why)) this.#changed(server, false, why);
    });
    this.#check = new HealthCheck({
      targets: health,
      onCheck: () => links.look(),
      onChange: (server, healthy, why) => this.#changed(server, healthy, why),
    });
    return this.#check.firstRound;
  }

  /** Whether browsers may be sent to a web server. */
  healthy(server: string): boolean {
    if (this.#check === undefined || this.#links === undefined) return false;
    this.#links.look();
    return this.#check.healthy(server) && !this.#links.draining(server);
  }

  /** For `/status`. */
  status(): NameServerStatus {
    const { zone, health } = this.#config;
    return {
      address: formatAddress(this.address),
      zone: zone.zone,
      mode: zone.mode ?? "round-robin",
      servers: health.map(({ server, url }) => ({
        name: server,
        healthy: this.healthy(server),
        url,
        why: this.#links?.draining(server) ? "it is draining" : this.#check?.fault(server) ?? null,
      })),
      answers: this.#answerer.counters,
      refusedConnections: this.#server.refusedConnections,
    };
  }

  /** Stops checking and answering. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#check?.[Symbol.asyncDispose]();
    await this.#server.close();
  }

  #changed(server: string, healthy: boolean, why: string | undefined): void {
    if (healthy) this.#log.info("web server is well: browsers are sent to it", { web: server });
    else this.#log.warn("web server is left out", { web: server, why });
  }
}
