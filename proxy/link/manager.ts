/**
 * All links of a server: listens, dials, keeps one link per pair of servers, ends them in good order.
 *
 * @module
 */
import { formatAddress } from "../../address.ts";
import type { Outside } from "../../outside/outside.ts";
import { realOutside } from "../../outside/real_outside.ts";
import { tcp } from "./tcp.ts";
import type { Connection, Network } from "./network.ts";
import type { Log } from "../../client/types.ts";
import { MeshError } from "../../errors.ts";
import { FrameKind } from "../../wire/frame.ts";
import { encodeOffer } from "../../wire/link_messages.ts";
import type { ServerInfo } from "../../wire/server_info.ts";
import type { Handshaken, HandshakeSelf } from "./handshake.ts";
import { Link, type LinkEvents } from "./link.ts";
import { asRefusal, type ConnectionCounters, LinkConnections } from "./connections.ts";
import { type AddressStatus, LinkDialler } from "./dialler.ts";
import { LinkListener } from "./listener.ts";
import { parseConnectAddress } from "./control_frames.ts";
import { LinkRegistry } from "./registry.ts";
import { LINK_TIMINGS, type LinkTimings } from "./timings.ts";

/** What the manager tells its owner. None of them may throw or wait. */
export interface LinkManagerEvents extends LinkEvents {
  /** A link is up: frames may be appended from now on. Comes before its first `frames`. */
  up(link: Link): void;
  /** The state of a configured address has changed; it follows the link's `up` or `down`. */
  addresses?(): void;
}

/** Options of {@linkcode LinkManager}. */
export interface LinkManagerOptions {
  /** What this server is and offers now; name and epoch never change. */
  readonly self: () => ServerInfo;
  /** Where other proxies may dial in. Port 0: any free one. Absent: nowhere. */
  readonly listen?: { readonly hostname: string; readonly port: number } | undefined;
  /** Proxies to dial, `"host:port"`. */
  readonly connect: readonly string[];
  /** What both ends of a link must know. Absent: no proof is asked for. */
  readonly secret?: string | undefined;
  /** See {@linkcode LinkManagerEvents}. */
  readonly events: LinkManagerEvents;
  /** Where links are reported. */
  readonly log: Log;
  /** Other times than those of `limits.ts`, for tests. */
  readonly timings?: Partial<LinkTimings>;
  /** Clock, timers and chance. Default: the real ones. */
  readonly outside?: Outside | undefined;
  /** Default: TCP. */
  readonly network?: Network | undefined;
}

/** Brings links up, and tells its owner of each: when it is up, what arrives, when it is lost. */
export class LinkManager {
  readonly #options: LinkManagerOptions;
  readonly #timings: LinkTimings;
  readonly #outside: Outside;
  readonly #network: Network;
  readonly #registry: LinkRegistry;
  readonly #connections: LinkConnections;
  readonly #diallers = new Map<string, LinkDialler>();
  /** Connections being closed by their links. */
  readonly #leaving = new Set<Link>();
  readonly #linkEvents: LinkEvents;
  #connect: readonly string[];
  #complete = true;
  #listener: LinkListener | undefined;
  #dialling = false;
  #offerVersion = 0;
  #closing: Promise<void> | undefined;

  /**
   * @param options Nothing happens before {@linkcode listen} and {@linkcode dial}.
   * @throws {MeshError} `INVALID_ARGUMENT` for an address that is none, or an empty secret.
   */
  constructor(options: LinkManagerOptions) {
    if (options.secret === "") {
      throw new MeshError("INVALID_ARGUMENT", "link.secret is empty: leave it out or choose one");
    }
    for (const address of options.connect) parseConnectAddress(address);
    this.#options = options;
    this.#outside = options.outside ?? realOutside;
    this.#network = options.network ?? tcp;
    this.#timings = { ...LINK_TIMINGS, ...options.timings };
    this.#registry = new LinkRegistry(() => options.self().name);
    this.#connections = new LinkConnections(this.#timings, this.#outside);
    this.#connect = options.connect;
    const { events, log } = options;
    this.#linkEvents = {
      frames: events.frames.bind(events),
      update: events.update.bind(events),
      down: (link, error) => {
        this.#registry.remove(link);
        this.#leaving.add(link);
        void link.gone.then(() => this.#leaving.delete(link));
        log.info("link down", {
          peer: link.peer.name,
          address: link.address,
          error: error.message,
        });
        events.down(link, error);
      },
    };
  }

  /** Accepted connections in their handshake. */
  get handshakes(): number {
    return this.#connections.handshakes;
  }

  /** How often connections were refused, and why. */
  get counters(): Readonly<ConnectionCounters> {
    return this.#connections.counters;
  }

  /**
   * Begins to accept links, if the options say where.
   *
   * @returns Where; `undefined` when nowhere.
   * @throws {MeshError} When the address cannot be listened on.
   */
  listen(): Deno.NetAddr | undefined {
    const { listen, log } = this.#options;
    if (listen === undefined || this.#closing !== undefined) return undefined;
    this.#listener ??= new LinkListener(listen, {
      network: this.#network,
      outside: this.#outside,
      accepted: (conn) => void this.#accepted(conn),
      log,
    });
    return this.#listener.address;
  }

  /** Begins to dial the configured addresses. */
  dial(): void {
    this.#dialling = true;
    this.setConnect(this.#connect, this.#complete);
  }

  /**
   * Changes the addresses to dial. Links that are up stay, also those of addresses that are left out.
   *
   * @param addresses All of them, `"host:port"`.
   * @param complete Whether these are all there are; `false`: some are being looked up.
   * @throws {MeshError} `INVALID_ARGUMENT` for an address that is none; then nothing has changed.
   */
  setConnect(addresses: readonly string[], complete = true): void {
    for (const address of addresses) parseConnectAddress(address);
    this.#connect = addresses;
    this.#complete = complete;
    if (!this.#dialling || this.#closing !== undefined) return;
    const wanted = new Set(addresses);
    for (const [address, dialler] of this.#diallers) {
      if (wanted.has(address)) continue;
      this.#diallers.delete(address);
      void dialler.stop();
    }
    for (const address of wanted) {
      if (this.#diallers.has(address)) continue;
      const dialler = new LinkDialler({
        address,
        registry: this.#registry,
        timings: this.#timings,
        outside: this.#outside,
        log: this.#options.log,
        connect: (address, signal) => this.#dial(address, signal),
        changed: () => this.#options.events.addresses?.(),
      });
      this.#diallers.set(address, dialler);
      dialler.start();
    }
    this.#options.events.addresses?.();
  }

  /** Whether all addresses are known, and there is a link with each server behind them. */
  get complete(): boolean {
    return this.#complete &&
      this.addresses().every(({ state }) => state === "connected" || state === "stopped");
  }

  /** Tells all peers what this server offers now. */
  announce(): void {
    this.#offerVersion++;
    const offer = this.#options.self();
    for (const link of [...this.#registry.links]) link.announce(offer);
  }

  /** Links that are up. */
  links(): Link[] {
    return [...this.#registry.links];
  }

  /** The link with a server, if it is up. */
  link(name: string): Link | undefined {
    return this.#registry.get(name);
  }

  /** How it stands with each configured address. */
  addresses(): AddressStatus[] {
    return [...this.#diallers.values()].map((dialler) => dialler.status);
  }

  /**
   * Ends everything: accepts and dials no more, lets each link send what waits, then closes them.
   *
   * @returns Settles when all is closed, at most about `closeMs` later.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    const dialled = [...this.#diallers.values()].map((dialler) => dialler.stop());
    const text = `server ${this.#options.self().name} stops`;
    const links = [...this.#registry.links, ...this.#leaving];
    await Promise.all([
      this.#listener?.close(),
      this.#connections.close(),
      ...links.map((link) => link.close(text)),
      ...dialled,
    ]);
  }

  #self(): HandshakeSelf {
    const { self, secret } = this.#options;
    return { info: self(), secret, randomBytes: this.#outside.randomBytes };
  }

  async #accepted(conn: Connection): Promise<void> {
    if (!this.#connections.admits(conn)) return;
    const { self, log } = this.#options;
    try {
      conn.setNoDelay(true);
      await this.#connections.run(
        conn,
        "accepted",
        this.#self(),
        async (handshake, inTime) => {
          const done = await handshake.accept();
          const body = encodeOffer(self());
          await this.#registry.admit(done.identity);
          inTime();
          this.#establish(conn, done, false).start({ kind: FrameKind.WELCOME, body });
        },
      );
    } catch (error) {
      const refusal = asRefusal(error);
      // Whoever only looks in is of no interest; who claims to be a server and is refused is.
      const level = refusal.reason === 0 || refusal.fromPeer ? "debug" : "warn";
      log[level]("a connection on the link port did not become a link", {
        address: formatAddress(conn.remoteAddr),
        peer: refusal.peerName,
        error: refusal.message,
      });
    }
  }

  async #dial(address: string, signal: AbortSignal): Promise<Link> {
    const conn = await this.#open(address, signal);
    const { self } = this.#options;
    const version = this.#offerVersion;
    return await this.#connections.run(
      conn,
      "dialled",
      this.#self(),
      async (handshake, inTime) => {
        let claim: Awaited<ReturnType<LinkRegistry["claim"]>> | undefined;
        try {
          const done = await handshake.dial(async (peer) => {
            claim = await this.#registry.claim(peer);
          });
          inTime();
          // A handshake that ends well has asked for it.
          this.#registry.confirm(claim!);
          const link = this.#establish(conn, done, true);
          link.start();
          if (version !== this.#offerVersion) link.announce(self());
          return link;
        } finally {
          if (claim !== undefined) this.#registry.release(claim);
        }
      },
    );
  }

  /** Connects within the time of a handshake. */
  async #open(address: string, signal: AbortSignal): Promise<Connection> {
    const { handshakeMs } = this.#timings;
    const giveUp = new AbortController();
    const stop = (): void => giveUp.abort();
    const timer = this.#outside.after(handshakeMs, stop);
    signal.addEventListener("abort", stop);
    try {
      const conn = await this.#network.connect(parseConnectAddress(address), giveUp.signal);
      conn.setNoDelay(true);
      return conn;
    } catch (error) {
      if (!giveUp.signal.aborted) throw error;
      throw new MeshError("UNAVAILABLE", `${address} did not answer within ${handshakeMs} ms`);
    } finally {
      this.#outside.cancel(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  #establish(conn: Connection, done: Handshaken, dialled: boolean): Link {
    const { events, log } = this.#options;
    const link = new Link({
      conn,
      parser: done.parser,
      peer: { ...done.identity, ...done.offer },
      dialled,
      events: this.#linkEvents,
      timings: this.#timings,
      outside: this.#outside,
      log,
    });
    this.#registry.establish(link);
    log.info("link up", { peer: link.peer.name, address: link.address, dialled });
    events.up(link);
    return link;
  }
}
