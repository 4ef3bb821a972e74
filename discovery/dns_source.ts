/**
 * Addresses out of DNS: all addresses of a name (`dns://`), or of the targets of its SRV records
 * (`dns+srv://`, RFC 2782). Priorities and weights of SRV are not used: every server is linked, and routing
 * decides which one gets a call.
 *
 * @module
 */
import { isIP } from "node:net";
import { textOf } from "../boundary/text.ts";
import type { Log } from "../client/types.ts";
import { formatAddress } from "../address.ts";
import { DNS_LOOKUP_MS, SOURCE_ADDRESSES_MAX } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { Backoff, jittered } from "../outside/backoff.ts";
import { pause } from "../outside/pause.ts";
import { realOutside } from "../outside/real_outside.ts";
import type { AddressSource, SourceStatus } from "./source.ts";
import type { SourceAddress } from "../config/source_address.ts";

/** First pause after a failed lookup, in ms; at most it is the time between lookups. */
const RETRY_MIN_MS = 250;

type Changed = (addresses: readonly string[]) => void;

/** The addresses of one name in DNS, looked up again and again. */
export class DnsSource implements AddressSource {
  readonly #text: string;
  readonly #where: SourceAddress & { kind: "dns" | "dns+srv" };
  readonly #log: Log;
  readonly #stop = new AbortController();
  /** The last good answers: name and type → addresses. */
  #answers = new Map<string, readonly string[]>();
  #known: readonly string[] = [];
  #state: SourceStatus["state"] = "asking";
  #error: string | null = null;
  #done: Promise<void> = Promise.resolve();

  /**
   * @param text As configured.
   * @param where The same, taken apart.
   * @param log Where failures are noted.
   */
  constructor(text: string, where: SourceAddress & { kind: "dns" | "dns+srv" }, log: Log) {
    this.#text = text;
    this.#where = where;
    this.#log = log;
  }

  get status(): SourceStatus {
    const { length } = this.#known;
    return { source: this.#text, state: this.#state, addresses: length, error: this.#error };
  }

  start(changed: Changed): void {
    this.#done = this.#run(changed);
  }

  enter(): void {}

  leave(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(changed: Changed): Promise<void> {
    const { signal } = this.#stop;
    const { refreshMs } = this.#where.dns;
    const pauses = { minMs: RETRY_MIN_MS, maxMs: refreshMs, jitter: 0.5 };
    const backoff = new Backoff(pauses, realOutside);
    while (!signal.aborted) {
      const { addresses, error } = await this.#lookUp();
      if (signal.aborted) return;
      if (error === undefined) backoff.reset();
      else backoff.failed();
      this.#become(addresses, error, changed);
      const nextMs = error === undefined
        ? jittered(refreshMs, 0.5, realOutside)
        : backoff.pauseMs();
      await pause(realOutside, nextMs, signal);
    }
  }

  #become(addresses: readonly string[], error: string | undefined, changed: Changed): void {
    const before = this.status;
    const same = addresses.join() === this.#known.join();
    this.#known = addresses;
    this.#error = error ?? null;
    if (error === undefined) this.#state = "current";
    else {
      if (this.#state !== "asking" || addresses.length > 0) this.#state = "stale";
      this.#log[before.error === null ? "warn" : "debug"](
        "a name cannot be looked up; what is known of it stays in use",
        { source: this.#text, error, known: addresses.length },
      );
    }
    if (!same || this.#state !== before.state) changed(addresses);
  }

  /** All addresses, of what cannot be looked up now those of the last good answer; and why it cannot. */
  async #lookUp(): Promise<{ addresses: readonly string[]; error?: string }> {
    const where = this.#where;
    let places: readonly { target: string; port: number }[];
    try {
      places = where.kind === "dns"
        ? [{ target: where.name, port: where.port }]
        : await this.#ask(where.name, "SRV");
    } catch (error) {
      return { addresses: this.#known, error: textOf(error) };
    }
    // The target "." says that the service is not offered at this name.
    places = places.filter(({ target, port }) => target !== "." && port > 0);
    const targets = [...new Set(places.map(({ target }) => target))].slice(0, SOURCE_ADDRESSES_MAX);
    const answers = new Map<string, readonly string[]>();
    const faults: unknown[] = [];
    const hosts = new Map(
      await Promise.all(
        targets.map(async (name) =>
          [name, await this.#addressesOf(name, answers, faults)] as const
        ),
      ),
    );
    this.#answers = answers; // of targets that are gone nothing is kept
    const all = new Set(
      places.flatMap(({ target, port }) =>
        (hosts.get(target) ?? []).map((hostname) => formatAddress({ hostname, port }))
      ),
    );
    if (all.size > SOURCE_ADDRESSES_MAX) {
      reached("SOURCE_ADDRESSES_MAX");
      this.#log.warn("a name has too many addresses, some are left out", {
        source: this.#text,
        addresses: all.size,
        atMost: SOURCE_ADDRESSES_MAX,
      });
    }
    const addresses = [...all].sort().slice(0, SOURCE_ADDRESSES_MAX);
    return faults.length === 0 ? { addresses } : { addresses, error: textOf(faults[0]) };
  }

  /** IPv4 and IPv6. Of a family that cannot be looked up now the last answer is used. */
  async #addressesOf(
    name: string,
    answers: Map<string, readonly string[]>,
    faults: unknown[],
  ): Promise<readonly string[]> {
    if (isIP(name) !== 0) return [name];
    const types = ["A", "AAAA"] as const;
    const outcomes = await Promise.allSettled(types.map((type) => this.#ask(name, type)));
    // Deno's resolver says "not found" when there are no such records, and also when the name server failed.
    // Beside an answer for the other family it is the former; when it is all there is, it may be the latter.
    const found = outcomes.some(({ status }) => status === "fulfilled");
    return outcomes.flatMap((outcome, i) => {
      const key = `${types[i]} ${name}`;
      let addresses: readonly string[] = [];
      if (outcome.status === "fulfilled") addresses = outcome.value;
      else if (!found || !(outcome.reason instanceof Deno.errors.NotFound)) {
        faults.push(outcome.reason);
        addresses = this.#answers.get(key) ?? [];
      }
      answers.set(key, addresses);
      return addresses;
    });
  }

  async #ask(name: string, type: "A" | "AAAA"): Promise<string[]>;
  async #ask(name: string, type: "SRV"): Promise<Deno.SrvRecord[]>;
  async #ask(name: string, type: "A" | "AAAA" | "SRV"): Promise<string[] | Deno.SrvRecord[]> {
    const giveUp = new AbortController();
    const stop = (): void => giveUp.abort();
    const timer = setTimeout(stop, DNS_LOOKUP_MS);
    this.#stop.signal.addEventListener("abort", stop);
    try {
      this.#stop.signal.throwIfAborted();
      const { server } = this.#where.dns;
      const options = { signal: giveUp.signal, ...(server && { nameServer: server }) };
      return type === "SRV"
        ? await Deno.resolveDns(name, type, options)
        : await Deno.resolveDns(name, type, options);
    } catch (error) {
      if (!giveUp.signal.aborted) throw error;
      throw new Error(`no answer for ${type} ${name} within ${DNS_LOOKUP_MS} ms`);
    } finally {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener("abort", stop);
    }
  }
}
