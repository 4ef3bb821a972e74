/**
 * mesh: one web process and one exec process on two servers, through the public API.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { startMesh } from "../../testing.ts";
import { childrenOf } from "../processes.ts";
import type { Peer } from "./peer.ts";

const fixture = (name: string) => fromFileUrl(new URL(`../fixtures/${name}`, import.meta.url));

/**
 * Starts it.
 *
 * @param stack Ends it.
 * @param name Its name among the peers.
 * @param start `startMesh` of the checkout that is measured; the site and the service are this one's.
 */
export async function startMeshPeer(
  stack: AsyncDisposableStack,
  name = "mesh",
  start: typeof startMesh = startMesh,
): Promise<Peer> {
  const mesh = stack.use(
    await start({ services: fixture("reply.ts"), site: fixture("site.ts") }),
  );
  return {
    name,
    url: mesh.url,
    processes: mesh.servers.flatMap(({ name, pid }) => [
      { role: `${name} proxy`, pid },
      ...childrenOf(pid).map((pid) => ({ role: `${name} worker`, pid })),
    ]),
  };
}
