/**
 * Which addresses of a name's web servers an answer has, and in which order.
 *
 * @module
 */
import { rendezvousScore, TextHash } from "../routing/rendezvous.ts";
import type { NamedServer } from "./types.ts";

/** An address family by its record type. */
export type AddressType = "A" | "AAAA";

/** The servers' addresses of one family, server by server. */
export function addressesOf(servers: readonly NamedServer[], type: AddressType): string[] {
  return servers.flatMap(({ addresses }) => addresses.filter((address) => isType(address, type)));
}

/** Whether the address is of that family. */
export function isType(address: string, type: AddressType): boolean {
  return address.includes(":") === (type === "AAAA");
}

/**
 * The list, another element first each time.
 *
 * @param turn Counts up from answer to answer.
 */
export function rotated<T>(list: readonly T[], turn: number): T[] {
  const start = list.length === 0 ? 0 : turn % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/**
 * The server that a client keeps as long as it is among them: the first in the client's rendezvous order.
 *
 * @param client What the choice depends on: an address, or the subnet it is in.
 */
export function serverOf(servers: readonly NamedServer[], client: string): NamedServer | undefined {
  const key = new TextHash(client);
  let best: NamedServer | undefined, bestScore = -1;
  for (const candidate of servers) {
    const score = rendezvousScore(key, new TextHash(candidate.server));
    if (score <= bestScore) continue;
    best = candidate;
    bestScore = score;
  }
  return best;
}
