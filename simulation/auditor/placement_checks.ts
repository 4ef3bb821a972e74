/**
 * Which server gets which call.
 *
 * @module
 */
import type { Calls } from "./calls.ts";
import type { Made } from "./observation.ts";

/** So many failures eject a server, for those who call it from one server and for one service. */
const EJECTING_FAILURES = 5;
const FAILURES = new Set(["UNAVAILABLE", "DEADLINE_EXCEEDED"]);

/** Checks turns and placement: in runs where nothing was disturbed. */
export function placementFaults(calls: Calls): string[] {
  if (calls.disturbances.length > 0 || calls.deaths.size > 0 || calls.liars.any) return [];
  const faults: string[] = [];
  const homes = new Map<string, Map<string, number>>();
  const turns = new Map<string, Map<string, number>>();
  const uneven = new Set<string>();
  const ejected = ejections(calls);
  for (const { made, begun, ended } of calls.byNumber.values()) {
    if (made.manner === "broadcast") continue;
    const untilMs = ejected.get(asking(made)) ?? Infinity;
    if (made.placed && !made.hedged && made.key !== undefined && made.ms < untilMs) {
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

/** From when on a server may be ejected, by who asks for what; at the earliest: a success between puts that off. */
function ejections(calls: Calls): Map<string, number> {
  const failures = new Map<string, number[]>();
  for (const { made, ended } of calls.byNumber.values()) {
    const ms = ended.filter(({ code }) => FAILURES.has(code)).map((one) => one.ms);
    failures.set(asking(made), [...failures.get(asking(made)) ?? [], ...ms]);
  }
  return new Map([...failures].flatMap(([who, ms]) => {
    const last = ms.sort((a, b) => a - b)[EJECTING_FAILURES - 1];
    return last === undefined ? [] : [[who, last]];
  }));
}

function asking({ server, service }: Made): string {
  return `${server} ${service}`;
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
