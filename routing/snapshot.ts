/**
 * A group as `mesh status --json` shows it.
 *
 * @module
 */
import type { Group } from "./group.ts";
import type { ServiceTable } from "./service_table.ts";
import type { GroupServerSnapshot, GroupSnapshot, ServerState, ServerView } from "./types.ts";

/** Of a server's states for the services of a group, the one furthest to the left is shown. */
const WORST_FIRST: readonly ServerState[] = [
  "disconnected",
  "draining",
  "ejected",
  "probing",
  "ok",
  "not offering",
];

/**
 * Sums a group up over its services.
 *
 * @param tables Those of the group.
 * @param known All servers that this proxy knows, by name.
 */
export function snapshotGroup(
  group: Group,
  tables: readonly ServiceTable[],
  known: ReadonlyMap<string, ServerView>,
): GroupSnapshot {
  const servers = new Map<string, GroupServerSnapshot>();
  for (const name of group.servers ?? []) {
    servers.set(name, empty(name, known.get(name)));
  }
  const seen = new Set<string>();
  for (const table of tables) {
    for (const name of table.names()) {
      if (!group.has(name)) continue;
      const candidate = table.get(name);
      if (candidate === undefined) continue;
      let server = servers.get(name);
      if (server === undefined) servers.set(name, server = empty(name, candidate.view));
      server.state = seen.has(name) ? worse(server.state, candidate.state) : candidate.state;
      seen.add(name);
      server.picked += candidate.picked;
      server.inFlight += candidate.inFlight;
      server.failures += candidate.failures;
      server.ejections += candidate.outlier.ejections;
    }
  }
  return {
    name: group.name,
    mode: group.mode,
    services: [...new Set([...group.services, ...tables.map(({ service }) => service)])],
    balance: group.leastLoaded ? "least-loaded" : "round-robin",
    prefer: group.preferLocal ? "local" : "any",
    servers: [...servers.values()].sort((a, b) => a.name < b.name ? -1 : 1),
    counters: {
      spilled: group.spilled,
      failedOver: group.failedOver,
      probes: group.probes,
      refused: group.refused,
    },
  };
}

/** A server of which nothing is known but whether it is connected. */
function empty(name: string, view: ServerView | undefined): GroupServerSnapshot {
  const state = view?.connected !== true
    ? "disconnected"
    : view.draining
    ? "draining"
    : "not offering";
  const seen = view !== undefined;
  return { name, state, seen, picked: 0, inFlight: 0, failures: 0, ejections: 0 };
}

function worse(a: ServerState, b: ServerState): ServerState {
  return WORST_FIRST.indexOf(a) <= WORST_FIRST.indexOf(b) ? a : b;
}
