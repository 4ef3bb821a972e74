/**
 * A program that answers every request with 1 KiB.
 *
 * @module
 */
import * as service from "../fixtures/reply.ts";
import { INPUT } from "../workloads.ts";
import { announce } from "./announce.ts";

const reply = service.bytes(INPUT) as Uint8Array<ArrayBuffer>;
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  () => new Response(reply),
);
await announce(`http://127.0.0.1:${server.addr.port}`);
