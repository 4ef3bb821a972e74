/**
 * The floor: what a call costs at least in Deno, over the same four processes and the same three connections
 * as in mesh. Requester → relay → relay → service: frames over raw TCP, gathered into as few writes as
 * possible, and none of mesh's features.
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
export async function startFloor(stack: AsyncDisposableStack): Promise<Peer> {
  const server = stack.use(await Program.start("floor/server.ts"));
  const far = stack.use(await Program.start("floor/relay.ts", server.line));
  const near = stack.use(await Program.start("floor/relay.ts", far.line));
  const requester = stack.use(await Program.start("floor/requester.ts", near.line));
  return {
    name: "floor",
    url: requester.line,
    processes: [
      { role: "requester", pid: requester.pid },
      { role: "first relay", pid: near.pid },
      { role: "second relay", pid: far.pid },
      { role: "service", pid: server.pid },
    ],
  };
}
