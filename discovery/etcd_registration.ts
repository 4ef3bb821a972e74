/**
 * A server's own entry in etcd: put under a lease, which is renewed; taken back by revoking the lease.
 *
 * @module
 */
import { ETCD_LEASE_MS, ETCD_RENEW_MS } from "../limits.ts";
import { jittered } from "../outside/backoff.ts";
import { pause } from "../outside/pause.ts";
import { realOutside } from "../outside/real_outside.ts";
import type { EtcdClient } from "./etcd_client.ts";

/** This server's entry: what it is to be, and the lease that it has at the moment. */
export class EtcdRegistration {
  readonly #prefix: string;
  readonly #key: string;
  readonly #changed: () => void;
  readonly #lifeMs: number;
  readonly #renewMs: number;
  #value: string | undefined;
  /** The key has to be put (again). */
  #due = false;
  /** The lease, while there is a session and it has put the key. */
  #lease: string | undefined;
  #inSession = false;
  #news = Promise.withResolvers<void>();
  #quiet = Promise.withResolvers<void>();

  /**
   * @param prefix What servers register under.
   * @param name The server's name.
   * @param changed Called when {@linkcode registered} is another.
   * @param lifeMs How long the entry lives when it is not renewed, in ms.
   * @param renewMs How often it is renewed at least, in ms.
   */
  constructor(
    prefix: string,
    name: string,
    changed: () => void,
    lifeMs = ETCD_LEASE_MS,
    renewMs = ETCD_RENEW_MS,
  ) {
    this.#prefix = prefix;
    this.#key = `${prefix}${name}`;
    this.#changed = changed;
    this.#lifeMs = lifeMs;
    this.#renewMs = renewMs;
    this.#quiet.resolve();
  }

  /** Whether the entry stands in etcd, as far as it is known. */
  get registered(): boolean {
    return this.#lease !== undefined;
  }

  /**
   * What the entry is to be, from now on.
   *
   * @param value `undefined`: there is to be none.
   */
  set(value: string | undefined): void {
    this.#value = value;
    if (this.#inSession) this.#quiet = Promise.withResolvers();
    this.repeat();
  }

  /** The entry is not in etcd, or is another's: put it again, if there is to be one. */
  repeat(): void {
    this.#due = true;
    this.#news.resolve();
  }

  /** Settles when there is no lease any more, or no session that could revoke it. */
  withdrawn(): Promise<void> {
    return this.#quiet.promise;
  }

  /**
   * Keeps the entry as it is to be, and looks whether etcd is alive, as long as the session lasts.
   *
   * @param client The session's client.
   * @param signal Ends it.
   * @throws Whatever etcd's failure is. The entry then ends by itself, unless another session puts it
   *   again, under another lease.
   */
  async keep(client: EtcdClient, signal: AbortSignal): Promise<void> {
    this.#inSession = true;
    this.#quiet = Promise.withResolvers();
    this.#due = true;
    try {
      while (!signal.aborted) {
        this.#news = Promise.withResolvers();
        await this.#step(client);
        await pause(
          realOutside,
          jittered(this.#renewMs, 0.5, realOutside),
          signal,
          this.#news.promise,
        );
      }
    } finally {
      this.#inSession = false;
      this.#become(undefined);
      this.#quiet.resolve();
    }
  }

  async #step(client: EtcdClient): Promise<void> {
    if (this.#value === undefined) {
      if (this.#lease !== undefined) await client.revoke(this.#lease);
      else await client.ping(this.#prefix);
      this.#become(undefined);
      this.#quiet.resolve();
      return;
    }
    let lease = this.#lease;
    if (lease !== undefined && !await client.keepAlive(lease)) lease = undefined;
    if (lease === undefined) {
      lease = await client.grant(this.#lifeMs);
      this.#due = true;
    }
    if (!this.#due) return;
    this.#due = false;
    await client.put(this.#key, this.#value, lease);
    this.#become(lease);
  }

  #become(lease: string | undefined): void {
    const before = this.registered;
    this.#lease = lease;
    if (before !== this.registered) this.#changed();
  }
}
