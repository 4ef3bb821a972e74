/**
 * The floor: what a call costs at least in Deno, over as many processes and hops as in mesh. Requester → relay →
 * relay → service: frames over raw TCP, and none of mesh's features.
 *
 * It has whatever mesh has that makes calls fast: TCP_NODELAY, frames of one turn gathered into one write, large bodies
 * written from where they are and read into where they stay, and the same loops with the same number of calls in
 * flight. Relays do less than mesh's proxies: they pass bytes on without a look at frames. All processes have V8 as
 * Deno sets it up.
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
