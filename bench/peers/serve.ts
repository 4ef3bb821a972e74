/**
 * `Deno.serve` alone: what a browser's request costs without a call.
 *
 * @module
 */
import type { Peer } from "./peer.ts";
import { Program } from "./program.ts";

/**
 * Starts it.
 *
 * @param stack Ends it.
 */
export async function startServe(stack: AsyncDisposableStack): Promise<Peer> {
  const program = stack.use(await Program.start("peers/serve_program.ts"));
  return {
    name: "serve",
    url: program.line,
    processes: [{ role: "server", pid: program.pid }],
  };
}
