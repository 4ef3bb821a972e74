/**
 * Under which addresses a server is itself, and under which one others find it.
 *
 * @module
 */
import { type Address, formatAddress } from "../address.ts";

const ANY = new Set(["0.0.0.0", "::"]);

/**
 * The address that a server registers: the one that is configured, else where it listens. A server that
 * listens on all addresses of its machine is found under the machine's name.
 *
 * @param listen Where it accepts links, with its real port.
 * @param advertise What is configured, `"host:port"`.
 */
export function advertisedAddress(listen: Address, advertise: string | undefined): string {
  if (advertise !== undefined) return advertise;
  return formatAddress(
    ANY.has(listen.hostname) ? { hostname: Deno.hostname(), port: listen.port } : listen,
  );
}

/**
 * Every address that is known to lead to the server itself.
 *
 * @param listen Where it accepts links, with its real port.
 * @param advertise What is configured, `"host:port"`.
 */
export function ownAddresses(listen: Address, advertise: string | undefined): Set<string> {
  const own = new Set([formatAddress(listen), advertisedAddress(listen, advertise)]);
  if (ANY.has(listen.hostname)) {
    for (const { address } of Deno.networkInterfaces()) {
      own.add(formatAddress({ hostname: address, port: listen.port }));
    }
  }
  return own;
}
