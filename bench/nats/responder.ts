/**
 * The handlers of fixtures/reply.ts behind NATS, as a program.
 *
 * @module
 */
import { connect } from "@nats-io/transport-node";
import { HANDLERS, serve } from "../encoding.ts";
import { announce } from "../peers/announce.ts";

const connection = await connect({ servers: Deno.args[0]! });
for (const handler of HANDLERS) {
  connection.subscribe(`reply.${handler}`, {
    callback: (_error, message) => {
      message.respond(serve(handler, message.data));
    },
  });
}
await connection.flush();
await announce("ready");
await connection.closed();
