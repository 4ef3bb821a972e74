/**
 * Addresses that will be listened on, looked at before anything is started for them.
 *
 * @module
 */
import { type Address, formatAddress } from "../address.ts";
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";

/**
 * Makes sure that nobody else listens at an address, and chooses a port where none is named.
 *
 * The web processes open theirs with `SO_REUSEPORT`, by which another program of the same user could
 * share it unnoticed, another mesh for instance. So it is opened without that once, and closed again.
 *
 * @param address The configured address.
 * @param setting Where it was configured, for the message: `"web.listen"`.
 * @returns The address with its real port.
 * @throws {MeshError} `UNAVAILABLE` when the address is taken or is none of this machine's.
 */
export function reserveAddress(address: Address, setting: string): Address {
  try {
    const listener = Deno.listen({ hostname: address.hostname, port: address.port });
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    return { hostname: address.hostname, port };
  } catch (cause) {
    const reason = cause instanceof Deno.errors.AddrInUse ? "the port is in use" : textOf(cause);
    throw new MeshError(
      "UNAVAILABLE",
      `cannot listen on ${formatAddress(address)} (${setting}): ${reason}`,
      { cause },
    );
  }
}
