/**
 * NATS's requester as a program: `deno run -A bench/nats/requester.ts <host:port of the broker>`.
 *
 * @module
 */
import { connect } from "@nats-io/transport-node";
import { type Caller, sideBySide } from "../caller.ts";
import { decodeReply, encodeInput } from "../encoding.ts";
import { announce } from "../peers/announce.ts";
import { answer } from "../requester.ts";

/** Longer than the slowest machine takes. */
const PATIENCE = { timeout: 30_000 };

const connection = await connect({ servers: Deno.args[0]! });
const caller: Caller = {
  call: async (handler, input) => {
    const message = await connection.request(
      `reply.${handler}`,
      encodeInput(handler, input),
      PATIENCE,
    );
    return decodeReply(handler, message.data);
  },
  page: (parts, input) => sideBySide(caller, parts, input),
};
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  (request) => answer(request, caller),
);
await announce(`http://127.0.0.1:${server.addr.port}`);
await connection.closed();
