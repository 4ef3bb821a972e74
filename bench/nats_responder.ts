/** A NATS service that answers 256 bytes with 1 KiB: the counterpart of fixtures/reply.ts. */
import { connect } from "@nats-io/transport-node";

const connection = await connect({ servers: Deno.args[0]! });
const reply = new Uint8Array(1_024).fill(7);
connection.subscribe("reply", {
  callback: (_error, message) => {
    message.respond(reply);
  },
});
await connection.flush();
console.log("ready");
await connection.closed();
