/**
 * A zone: its names, and what they stand for.
 *
 * @module
 */
import { DNS_TTL_DEFAULT_SECONDS } from "../limits.ts";
import type { AnswerMode, Lookup, NamedServer, ZoneConfig } from "./types.ts";

/** A zone in the form that answers need. Names are in lower case, without the final dot. */
export class Zone {
  readonly name: string;
  readonly nameServer: string;
  readonly mode: AnswerMode;
  readonly ttlSeconds: number;
  readonly #servers = new Map<string, readonly NamedServer[]>();
  readonly #nameServerAddresses: readonly string[];
  /** Every name that exists, those between a known name and the zone included (RFC 8020). */
  readonly #existing = new Set<string>();

  constructor(config: ZoneConfig) {
    this.name = normalise(config.zone);
    this.nameServer = normalise(config.nameServer ?? `ns.${this.name}`);
    this.mode = config.mode ?? "round-robin";
    this.ttlSeconds = config.ttlSeconds ?? DNS_TTL_DEFAULT_SECONDS;
    this.#nameServerAddresses = config.nameServerAddresses ?? [];
    this.#exists(this.name);
    this.#exists(this.nameServer);
    for (const [label, servers] of Object.entries(config.names)) {
      const name = label === "@" ? this.name : `${normalise(label)}.${this.name}`;
      this.#servers.set(name, servers);
      this.#exists(name);
    }
  }

  /** Looks a name up; upper and lower case are the same. */
  lookup(name: string): Lookup {
    const wanted = normalise(name);
    if (!this.#holds(wanted)) return { kind: "foreign" };
    if (!this.#existing.has(wanted)) return { kind: "unknown" };
    return {
      kind: "known",
      servers: this.#servers.get(wanted) ?? [],
      fixed: wanted === this.nameServer ? this.#nameServerAddresses : [],
      apex: wanted === this.name,
    };
  }

  #exists(name: string): void {
    for (; this.#holds(name); name = name.slice(name.indexOf(".") + 1)) {
      this.#existing.add(name);
      if (name === this.name) return;
    }
  }

  #holds(name: string): boolean {
    return name === this.name || name.endsWith(`.${this.name}`);
  }
}

/** Lower case by ASCII rules alone (RFC 4343), without the final dot. */
function normalise(name: string): string {
  return name.replace(/\.$/, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
