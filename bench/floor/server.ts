/**
 * The floor's service as a program.
 *
 * @module
 */
import { announce } from "../peers/announce.ts";
import { serveCalls } from "./connection.ts";
import { listenHere } from "./tcp.ts";

const listener = listenHere();
await announce(`127.0.0.1:${listener.addr.port}`);
for await (const conn of listener) {
  conn.setNoDelay();
  void serveCalls(conn).finally(() => conn.close());
}
