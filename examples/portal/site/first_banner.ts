/**
 * The notice above the sections: two servers are asked at once, and the first answer wins.
 *
 * @module
 */
import { MeshError } from "mesh";
import type { Mesh } from "mesh";
import type { Banner } from "../model/banners.ts";
import type { Answer } from "./section.ts";

/** How many servers are asked. */
const SERVERS = 2;

/**
 * The first notice that comes.
 *
 * @param mesh The way to the servers.
 * @throws {MeshError} The last server's error, when none has a notice.
 */
export async function firstBanner(mesh: Mesh): Promise<Banner & Answer> {
  let failure = new MeshError("UNAVAILABLE", "no server was asked for a banner");
  const answers = mesh.broadcast<Banner & Answer>("banner.pick", undefined, { servers: SERVERS });
  for await (const { value, error } of answers) {
    // Leaving the loop cancels the other server's call.
    if (error === undefined) return value;
    failure = error;
  }
  throw failure;
}
