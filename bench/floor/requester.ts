/**
 * The floor's requester as a program: `deno run -A bench/floor/requester.ts <host:port of the first relay>`.
 *
 * @module
 */
import { announce } from "../peers/announce.ts";
import { answer } from "../requester.ts";
import { FloorCaller } from "./connection.ts";
import { connectTo } from "./tcp.ts";

const caller = new FloorCaller(await connectTo(Deno.args[0]!));
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  (request) => answer(request, caller),
);
await announce(`http://127.0.0.1:${server.addr.port}`);
await caller.ended;
