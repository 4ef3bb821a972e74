/**
 * A relay of the floor as a program: whatever arrives goes on to the target, and back, byte for byte.
 *
 * ```sh
 * deno run -A bench/floor/relay.ts <host:port>
 * ```
 *
 * @module
 */
import { announce } from "../peers/announce.ts";
import { connectTo, listenHere } from "./tcp.ts";

const BUFFER_BYTES = 262_144;

const [target = ""] = Deno.args;
const listener = listenHere();
await announce(`127.0.0.1:${listener.addr.port}`);
for await (const near of listener) {
  near.setNoDelay();
  void join(near).finally(() => near.close());
}

async function join(near: Deno.TcpConn): Promise<void> {
  using far = await connectTo(target);
  await Promise.all([carry(near, far), carry(far, near)]);
}

async function carry(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (;;) {
    const bytes = await from.read(buffer);
    if (bytes === null) break;
    for (let at = 0; at < bytes;) at += await to.write(buffer.subarray(at, bytes));
  }
  await to.closeWrite();
}
