/**
 * The real network.
 *
 * @module
 */
import type { Network } from "./network.ts";

/** TCP, as Deno has it. */
export const tcp: Network = {
  connect: (to, signal) => Deno.connect({ ...to, signal }),
  listen: (at) => Deno.listen({ ...at, transport: "tcp" }),
};
