/**
 * Addresses as people write them: `host:port`, IPv6 in brackets.
 *
 * @module
 */
import { PORT_MAX } from "./limits.ts";

/** Where to listen, or whom to dial. */
export interface Address {
  /** Host name or IP address, IPv6 without brackets. */
  readonly hostname: string;
  /** 0 (listening only): any free port. */
  readonly port: number;
}

const HOSTNAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?$/;
const IPV6 = /^[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?$/;

/**
 * Takes an address apart.
 *
 * @param text `"host:port"` or `"[ipv6]:port"`.
 * @param options `anyPort`: port 0 (any free one) is allowed, as it is for listening. Default `false`.
 * @returns Host (IPv6 without brackets) and port; `null` when `text` is no address.
 *
 * @example
 * ```ts
 * import { parseAddress } from "./address.ts";
 *
 * parseAddress("[::1]:7400"); // { hostname: "::1", port: 7400 }
 * ```
 */
export function parseAddress(text: string, options: { anyPort?: boolean } = {}): Address | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const [, ipv6, host = "", digits] = match;
  const hostname = ipv6 ?? host;
  if (ipv6 === undefined ? !HOSTNAME.test(hostname) : !isIpv6(ipv6)) return null;
  const port = Number(digits);
  if (port > PORT_MAX || (port === 0 && options.anyPort !== true)) return null;
  return { hostname, port };
}

/**
 * The text of an address, the inverse of {@linkcode parseAddress}.
 *
 * @param address Host and port.
 * @returns `"host:port"`, IPv6 in brackets.
 */
export function formatAddress({ hostname, port }: Address): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function isIpv6(text: string): boolean {
  if (!IPV6.test(text)) return false;
  const [address, zone] = text.split("%", 2);
  // The URL parser knows RFC 4291's forms (all but the zone).
  return URL.canParse(`http://[${address}]/`) && (zone === undefined || zone !== "");
}
