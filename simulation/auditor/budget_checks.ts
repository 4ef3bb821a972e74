/**
 * How often calls are made again: a process may not answer an overload with more of it.
 *
 * The numbers are those of docs/errors.md, written down again.
 *
 * @module
 */
import type { Calls, Seen } from "./calls.ts";

/** Of its calls a process makes so many again, and some more at the beginning. */
const RETRIES = { share: 0.1, first: 10 };
/** The same of hedges. */
const HEDGES = { share: 0.05, first: 1 };

/** What happened so long before a call may have to do with it, in ms. */
const BEFORE_MS = 3_000;

interface Spent {
  calls: number;
  /** Beginnings beyond the first that nothing but the budget allows. */
  retries: number;
  hedges: number;
}

/** Checks what each process has spent. */
export function budgetFaults(calls: Calls): string[] {
  const processes = new Map<string, Spent>();
  for (const seen of calls.byNumber.values()) {
    const { made } = seen;
    const spent = processes.get(made.process) ?? { calls: 0, retries: 0, hedges: 0 };
    processes.set(made.process, spent);
    // Each server that a broadcast asks gets a call of its own.
    spent.calls += made.manner === "broadcast" ? Math.max(seen.ended.length, 1) : 1;
    if (made.manner === "broadcast" || calls.liars.touched(seen)) continue;
    const extra = Math.max(0, seen.begun.length - 1 - afterDeaths(calls, seen));
    // Where something was disturbed, one cannot tell a hedge from a call that is made again.
    const untilMs = Math.max(...seen.ended.map(({ ms }) => ms), made.ms);
    const hedges = made.hedged && extra > 0 && calls.calm(made.ms - BEFORE_MS, untilMs) ? 1 : 0;
    spent.hedges += hedges;
    if (!made.hedged) spent.retries += extra;
  }
  return [...processes].flatMap(([process, { calls, retries, hedges }]) => [
    ...beyond(process, "retries", retries, RETRIES.first + RETRIES.share * calls),
    ...beyond(process, "hedges", hedges, HEDGES.first + HEDGES.share * calls),
  ]);
}

/** Attempts after a death: those cost nothing. */
function afterDeaths(calls: Calls, { begun }: Seen): number {
  return begun.filter(({ process }) => calls.deaths.has(process)).length;
}

function beyond(process: string, what: string, count: number, most: number): string[] {
  return count <= most
    ? []
    : [`${process} spent ${count} ${what}, its budget was ${most.toFixed(1)}`];
}
