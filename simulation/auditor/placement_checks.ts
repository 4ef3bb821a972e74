/**
 * Which server gets which call.
 *
 * @module
 */
import type { Calls } from "./calls.ts";

/** Checks turns and placement: in runs where nothing was disturbed. */
export function placementFaults(calls: Calls): string[] {
  if (calls.disturbances.length > 0 || calls.deaths.size > 0) return [];
  const faults: string[] = [];
  const homes = new Map<string, Map<string, number>>();
  const turns = new Map<string, Map<string, number>>();
  const uneven = new Set<string>();
  for (const { made, begun, ended } of calls.byNumber.values()) {
    if (made.manner === "broadcast") continue;
    if (made.placed && !made.hedged && made.key !== undefined) {
      const home = `${made.service} ${made.key}`;
      for (const { server } of begun) note(homes, home, server, made.call);
    }
    const [one, other] = begun;
    if (made.hedged && begun.length === 2 && one!.server === other!.server) {
      faults.push(`call ${made.call} is hedged and began twice in ${one!.server}`);
    }
    // A server whose queue has no room sends a call on to another one, which costs that one no turn.
    if (!made.inTurn || made.limited) continue;
    const turn = `${made.service} as called by ${made.server}`;
    // A call that another server had to take, or that none took, says nothing of turns.
    if (made.hedged || begun.length !== 1 || ended[0]?.code !== "ok") uneven.add(turn);
    else note(turns, turn, begun[0]!.server, 1, (a, b) => a + b);
  }
  for (const [home, servers] of homes) {
    if (servers.size > 1) {
      faults.push(`${home} was answered by ${[...servers.keys()].sort().join(" and ")}`);
    }
  }
  for (const [turn, servers] of turns) {
    const counts = [...servers.values()];
    if (!uneven.has(turn) && Math.max(...counts) - Math.min(...counts) > 1) {
      faults.push(`turns of ${turn} are uneven: ${JSON.stringify(Object.fromEntries(servers))}`);
    }
  }
  return faults;
}

function note(
  of: Map<string, Map<string, number>>,
  key: string,
  server: string,
  value: number,
  join: (a: number, b: number) => number = (a) => a,
): void {
  const known = of.get(key) ?? new Map<string, number>();
  const before = known.get(server);
  known.set(server, before === undefined ? value : join(before, value));
  of.set(key, known);
}
