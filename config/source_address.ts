/**
 * Where addresses to dial come from, as people write it in `link.connect`: an address itself, or a place
 * where the addresses of servers are found.
 *
 * @module
 */
import { type Address, formatAddress, parseAddress } from "../address.ts";
import { DNS_REFRESH_MAX_MS, DNS_REFRESH_MIN_MS, DNS_REFRESH_MS } from "../limits.ts";

/** How a name is looked up. */
export interface DnsOptions {
  /** The name server to ask; absent: those of the system. */
  readonly server?: { readonly ipAddr: string; readonly port: number };
  /** How often it is looked up again, in ms. */
  readonly refreshMs: number;
}

/** A source of addresses, taken apart. */
export type SourceAddress =
  | { readonly kind: "static"; readonly address: string }
  /** All addresses of a name, each with this port. */
  | { readonly kind: "dns"; readonly name: string; readonly port: number; readonly dns: DnsOptions }
  /** All targets of a name's SRV records. */
  | { readonly kind: "dns+srv"; readonly name: string; readonly dns: DnsOptions }
  /** What is registered in etcd under a prefix. */
  | { readonly kind: "etcd"; readonly endpoints: readonly string[]; readonly prefix: string };

/** What is allowed, for messages. */
export const SOURCE_ADDRESS_ALLOWED =
  "host:port (IPv6 in brackets), dns+srv://name, dns://name:port or etcd://host:port/prefix, " +
  'e.g. "127.0.0.1:7401"';

/** Names of services have labels that begin with an underscore (RFC 2782). */
const NAME = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/;
const PREFIX = /^[\x21-\x7e]{1,256}$/;
const DNS_PORT = 53;

/**
 * Takes a source of addresses apart.
 *
 * @param text `"host:port"`, `"dns+srv://name"`, `"dns://name:port"` (both with `?server=ip:port` and
 *   `?refreshMs=n`), or `"etcd://host:port,host:port/prefix"`.
 * @returns `null` when it is none of these.
 *
 * @example
 * ```ts
 * import { parseSourceAddress } from "./source_address.ts";
 *
 * parseSourceAddress("etcd://10.0.0.1:2379,10.0.0.2:2379/portal");
 * // { kind: "etcd", endpoints: ["10.0.0.1:2379", "10.0.0.2:2379"], prefix: "portal/" }
 * ```
 */
export function parseSourceAddress(text: string): SourceAddress | null {
  const [, scheme, rest = ""] = /^([a-z+]+):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === undefined) return parseAddress(text) && { kind: "static", address: text };
  if (scheme === "etcd") return parseEtcd(rest);
  if (scheme !== "dns" && scheme !== "dns+srv") return null;
  const [place = "", query, ...more] = rest.split("?");
  const dns = parseDnsOptions(query);
  if (dns === null || more.length > 0) return null;
  if (scheme === "dns+srv") return NAME.test(place) ? { kind: scheme, name: place, dns } : null;
  const address = parseAddress(place);
  return address && { kind: scheme, name: address.hostname, port: address.port, dns };
}

function parseEtcd(rest: string): SourceAddress | null {
  const slash = rest.indexOf("/");
  if (slash < 0) return null;
  const endpoints: string[] = [];
  for (const text of rest.slice(0, slash).split(",")) {
    const address = parseAddress(text.trim());
    if (address === null) return null;
    endpoints.push(formatAddress(address));
  }
  const prefix = rest.slice(slash + 1).replace(/\/+$/, "");
  return PREFIX.test(prefix) ? { kind: "etcd", endpoints, prefix: `${prefix}/` } : null;
}

function parseDnsOptions(query = ""): DnsOptions | null {
  const params = new URLSearchParams(query);
  const server = params.get("server");
  const refresh = params.get("refreshMs") ?? String(DNS_REFRESH_MS);
  if ([...params.keys()].some((key) => key !== "server" && key !== "refreshMs")) return null;
  const refreshMs = Number(refresh);
  const known = /^\d+$/.test(refresh) && refreshMs >= DNS_REFRESH_MIN_MS &&
    refreshMs <= DNS_REFRESH_MAX_MS;
  if (!known) return null;
  if (server === null) return { refreshMs };
  const address = parseServer(server);
  return address && {
    server: { ipAddr: address.hostname, port: address.port },
    refreshMs,
  };
}

/** An IP address, with a port or without. */
function parseServer(text: string): Address | null {
  const address = parseAddress(text) ?? parseAddress(`${text}:${DNS_PORT}`) ??
    parseAddress(`[${text}]:${DNS_PORT}`);
  return address !== null && /^[\d.]+$|:/.test(address.hostname) ? address : null;
}
