/**
 * Connections of the floor's programs.
 *
 * @module
 */

/** Connects to `"host:port"`. */
export async function connectTo(address: string): Promise<Deno.TcpConn> {
  const [hostname = "", port] = address.split(":");
  const conn = await Deno.connect({ hostname, port: Number(port) });
  conn.setNoDelay();
  return conn;
}

/** Listens on a free port of this machine. */
export function listenHere(): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}
