/**
 * A connection to an address as a ready line has it.
 *
 * @module
 */
import { parseAddress } from "../../address.ts";

/** Opens a connection to `"host:port"`. */
export async function dialTcp(address: string): Promise<Deno.TcpConn> {
  const at = parseAddress(address);
  if (at === null) throw new Error(`"${address}" is no address`);
  return await Deno.connect({ hostname: at.hostname, port: at.port });
}
