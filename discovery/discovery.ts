/**
 * Whom to dial: the addresses of all configured sources together, without the server's own.
 *
 * Every server dials every other one that it learns of. Which of two that dial each other has the link is
 * the links' business; that both try costs a refused connection, and works also where only one of them can
 * reach the other.
 *
 * @module
 */
import type { Log } from "../client/types.ts";
import type { Address } from "../address.ts";
import { MeshError } from "../errors.ts";
import { pause } from "../outside/pause.ts";
import { realOutside } from "../outside/real_outside.ts";
import { DnsSource } from "./dns_source.ts";
import { EtcdSource, type Self } from "./etcd_source.ts";
import { advertisedAddress, ownAddresses } from "./own_addresses.ts";
import type { AddressSource, Entry, SourceStatus } from "./source.ts";
import { parseSourceAddress, SOURCE_ADDRESS_ALLOWED } from "../config/source_address.ts";
import { StaticSource } from "./static_source.ts";

/** Options of {@linkcode Discovery}. */
export interface DiscoveryOptions {
  /** Who this server is. */
  readonly self: Self;
  /**
   * Takes the addresses to dial, whenever they are others.
   *
   * @param addresses All of them, `"host:port"`.
   * @param complete Whether every source has said what it has now.
   */
  readonly setConnect: (addresses: readonly string[], complete: boolean) => void;
  /** Where trouble is noted. */
  readonly log: Log;
}

/** A source in use. */
interface Used {
  readonly source: AddressSource;
  addresses: readonly string[];
}

/** The sources in use, and the addresses that they give together. */
export class Discovery implements AsyncDisposable {
  readonly #options: DiscoveryOptions;
  readonly #used = new Map<string, Used>();
  /** Sources that are not used any more and have not ended yet. */
  readonly #ending = new Set<Promise<void>>();
  #own: ReadonlySet<string> = new Set();
  #entry: Entry | undefined;
  #last = "";
  #closed = false;

  /** @param options Nothing happens before {@linkcode configure}. */
  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** How it stands with each source. */
  get sources(): SourceStatus[] {
    return [...this.#used.values()].map(({ source }) => source.status);
  }

  /**
   * Uses these sources from now on. Those that were in use stay in use, with all they know.
   *
   * @param connect As in `link.connect`: `"host:port"`, `"dns://…"`, `"dns+srv://…"`, `"etcd://…"`.
   * @throws {MeshError} `INVALID_ARGUMENT` for one that is none of these; then nothing has changed.
   */
  configure(connect: readonly string[]): void {
    const fresh = new Map<string, AddressSource>();
    for (const text of connect) {
      if (!this.#used.has(text) && !fresh.has(text)) fresh.set(text, this.#open(text));
    }
    for (const [text, { source }] of this.#used) {
      if (connect.includes(text)) continue;
      this.#used.delete(text);
      const ended = source.leave().then(() => source[Symbol.asyncDispose]());
      this.#ending.add(ended);
      void ended.finally(() => this.#ending.delete(ended));
    }
    for (const [text, source] of fresh) {
      const used: Used = { source, addresses: [] };
      this.#used.set(text, used);
      if (this.#entry !== undefined) source.enter(this.#entry);
      source.start((addresses) => {
        used.addresses = addresses;
        if (this.#used.get(text) === used) this.#tell();
      });
    }
    this.#tell();
  }

  /**
   * This server accepts links now: it registers where servers do so, and does not dial itself.
   *
   * @param listen Where it listens, with its real port.
   * @param advertise Where others are to dial instead, `"host:port"`.
   */
  enter(listen: Address, advertise?: string): void {
    this.#own = ownAddresses(listen, advertise);
    this.#entry = { address: advertisedAddress(listen, advertise) };
    for (const { source } of this.#used.values()) source.enter(this.#entry);
    this.#tell();
  }

  /** Takes this server's entries back. Settles when that is done, where it is possible. */
  async leave(): Promise<void> {
    this.#entry = undefined;
    await Promise.all(Array.from(this.#used.values(), ({ source }) => source.leave()));
  }

  /**
   * Waits until every source has answered once, whether well or not.
   *
   * @param atMostMs How long to wait at most, in ms.
   */
  async firstAnswers(atMostMs: number): Promise<void> {
    const deadlineMs = performance.now() + atMostMs;
    const waiting = () => this.sources.some(({ state, error }) => state === "asking" && !error);
    const never = new AbortController().signal;
    while (!this.#closed && waiting() && performance.now() < deadlineMs) {
      await pause(realOutside, 5, never);
    }
  }

  /** Ends all sources. Entries that have not been taken back end by themselves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const sources = Array.from(this.#used.values(), ({ source }) => source);
    await Promise.all([
      ...sources.map((source) => source[Symbol.asyncDispose]()),
      ...this.#ending,
    ]);
  }

  #open(text: string): AddressSource {
    const where = parseSourceAddress(text);
    const { self, log } = this.#options;
    switch (where?.kind) {
      case "static":
        return new StaticSource(where.address);
      case "dns":
      case "dns+srv":
        return new DnsSource(text, where, log);
      case "etcd":
        return new EtcdSource({ text, where, self, log });
      default:
        throw new MeshError(
          "INVALID_ARGUMENT",
          `"${text}" is no address to connect to: write ${SOURCE_ADDRESS_ALLOWED}`,
          { started: false },
        );
    }
  }

  #tell(): void {
    if (this.#closed) return;
    const addresses = new Set<string>();
    for (const used of this.#used.values()) {
      for (const address of used.addresses) if (!this.#own.has(address)) addresses.add(address);
    }
    const complete = this.sources.every(({ state }) => state === "current");
    const now = `${complete} ${[...addresses].join()}`;
    if (now === this.#last) return;
    this.#last = now;
    this.#options.setConnect([...addresses], complete);
  }
}
