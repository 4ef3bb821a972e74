/**
 * Servers that find each other in etcd: each puts `<prefix>/<name>` under a lease and watches the prefix.
 *
 * A *session* is a time during which one endpoint of etcd answers. It ends with the first thing that fails:
 * a request, the watch, the sign of life. Then the next endpoint is tried, from the start: everything is
 * read, the watch goes on from there, and the entry is put under a new lease. What is known stays in use
 * meanwhile.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import type { Log } from "../client/types.ts";
import { ETCD_LEASE_MS, ETCD_RENEW_MS, ETCD_RETRY_MAX_MS, ETCD_RETRY_MIN_MS } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { Backoff } from "../outside/backoff.ts";
import { pause } from "../outside/pause.ts";
import { realOutside } from "../outside/real_outside.ts";
import { EtcdClient } from "./etcd_client.ts";
import { EtcdRegistration } from "./etcd_registration.ts";
import { decodeEntry, encodeEntry } from "./server_entry.ts";
import type { AddressSource, Entry, SourceStatus } from "./source.ts";
import type { SourceAddress } from "../config/source_address.ts";

/** Who this server is. */
export interface Self {
  readonly name: string;
  /** Distinguishes two runs of one server. */
  readonly epoch: string;
}

/** Options of {@linkcode EtcdSource}. */
export interface EtcdSourceOptions {
  /** As configured. */
  readonly text: string;
  /** The same, taken apart. */
  readonly where: SourceAddress & { kind: "etcd" };
  readonly self: Self;
  readonly log: Log;
  /** Life of the entry when it is not renewed, in ms, at least 1,000. Default `ETCD_LEASE_MS`. */
  readonly lifeMs?: number;
  /** How often it is renewed, in ms. Default `ETCD_RENEW_MS`. */
  readonly renewMs?: number;
}

/** The servers that are registered under one prefix in etcd, this one among them. */
export class EtcdSource implements AddressSource {
  readonly #options: EtcdSourceOptions;
  readonly #registration: EtcdRegistration;
  readonly #stop = new AbortController();
  /** Servers' names → their addresses, without this server. */
  #servers = new Map<string, string>();
  #state: SourceStatus["state"] = "asking";
  #error: string | null = null;
  #changed: (addresses: readonly string[]) => void = () => {};
  #done: Promise<void> = Promise.resolve();

  /** @param options See {@linkcode EtcdSourceOptions}. */
  constructor(options: EtcdSourceOptions) {
    this.#options = options;
    const { where, self, lifeMs = ETCD_LEASE_MS, renewMs = ETCD_RENEW_MS } = options;
    this.#registration = new EtcdRegistration(
      where.prefix,
      self.name,
      () => this.#tell(),
      lifeMs,
      renewMs,
    );
  }

  get status(): SourceStatus {
    return {
      source: this.#options.text,
      state: this.#state,
      addresses: this.#addresses().length,
      error: this.#error,
      registered: this.#registration.registered,
    };
  }

  start(changed: (addresses: readonly string[]) => void): void {
    this.#changed = changed;
    this.#done = this.#run();
  }

  enter({ address }: Entry): void {
    this.#registration.set(encodeEntry({ address, ...this.#options.self }));
  }

  leave(): Promise<void> {
    this.#registration.set(undefined);
    return this.#registration.withdrawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { text, where, log } = this.#options;
    const { signal } = this.#stop;
    const pauses = { minMs: ETCD_RETRY_MIN_MS, maxMs: ETCD_RETRY_MAX_MS, jitter: 0.5 };
    const backoff = new Backoff(pauses, realOutside);
    for (let turn = 0; !signal.aborted; turn++) {
      const endpoint = where.endpoints[turn % where.endpoints.length] ?? "";
      const since = performance.now();
      try {
        await this.#session(endpoint);
      } catch (error) {
        if (signal.aborted) return;
        // Sessions that end soon after they began must not follow each other at full speed.
        if (performance.now() - since > ETCD_RETRY_MAX_MS) backoff.reset();
        backoff.failed();
        const reason = textOf(error);
        log[this.#error === null ? "warn" : "debug"](
          "etcd does not answer; links stay, and the servers that are known stay in use",
          { source: text, endpoint, error: reason },
        );
        this.#error = reason;
        if (this.#state === "current") this.#state = "stale";
        this.#tell();
      }
      await pause(realOutside, backoff.pauseMs(), signal);
    }
  }

  async #session(endpoint: string): Promise<void> {
    const end = new AbortController();
    const stop = (): void => end.abort();
    this.#stop.signal.addEventListener("abort", stop);
    using client = new EtcdClient(endpoint, end.signal);
    const parts = [
      this.#follow(client, end.signal),
      this.#registration.keep(client, end.signal),
    ];
    try {
      await Promise.race(parts);
    } finally {
      end.abort();
      await Promise.allSettled(parts);
      this.#stop.signal.removeEventListener("abort", stop);
    }
  }

  /** Reads everything and follows the changes; reads again when etcd cannot tell them any more. */
  async #follow(client: EtcdClient, signal: AbortSignal): Promise<void> {
    const { where: { prefix }, text, log } = this.#options;
    while (!signal.aborted) {
      const { revision, values, more } = await client.range(prefix);
      if (more) {
        reached("SOURCE_ADDRESSES_MAX");
        log.warn("etcd has too many servers, some are left out", { source: text });
      }
      if (this.#error !== null) log.info("etcd answers again", { source: text });
      this.#error = null;
      this.#state = "current";
      this.#servers = new Map();
      for (const [key, value] of values) this.#take(key, value);
      this.#tell();
      for await (const events of client.watch(prefix, revision + 1n)) {
        for (const { key, value } of events) this.#take(key, value);
        this.#tell();
      }
    }
  }

  #take(key: string, value: string | undefined): void {
    const { where: { prefix }, self, text, log } = this.#options;
    const name = key.slice(prefix.length);
    const entry = value === undefined ? undefined : decodeEntry(value);
    if (name === self.name) {
      if (value === undefined) this.#registration.repeat();
      else if (this.#registration.registered && entry?.epoch !== self.epoch) {
        log.warn("another server has registered under the name of this one", {
          source: text,
          address: entry?.address,
        });
      }
      return;
    }
    if (entry?.name === name) this.#servers.set(name, entry.address);
    else {
      this.#servers.delete(name);
      if (value !== undefined) log.warn("etcd has an entry that is none", { source: text, key });
    }
  }

  #addresses(): string[] {
    return [...new Set(this.#servers.values())].sort();
  }

  #tell(): void {
    if (!this.#stop.signal.aborted) this.#changed(this.#addresses());
  }
}
