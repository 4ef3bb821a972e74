/**
 * A run, for people: what is wrong, the shrunk scenario, and what happened around it.
 *
 * @module
 */
import type { Outcome } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { shrink } from "./shrink.ts";

const FAULTS_SHOWN = 8;
const LINES_SHOWN = 120;
/** When there are more calls, those are shown that the faults name. */
const CALLS_SHOWN = 12;

/** A description, and what shows the same with less. */
export interface Report {
  readonly text: string;
  readonly scenario?: Scenario;
}

/** Describes a run, and shrinks it if something is wrong with it. */
export async function reportOf(outcome: Outcome): Promise<Report> {
  const { faults, own, events, log } = outcome;
  if (own.length > 0) return { text: indented(["the simulation itself fell:", ...own]) };
  if (faults.length === 0) {
    return { text: `nothing is wrong: ${events} events, whose log has the digest ${log.digest()}` };
  }
  const small = await shrink(outcome);
  const { scenario } = small;
  const named = new Set(
    scenario.calls.length <= CALLS_SHOWN
      ? scenario.calls.flatMap(({ call, onward }) => onward ? [call, onward.call] : [call])
      : small.faults.flatMap((fault) => /\bcall (\d+)/.exec(fault)?.[1] ?? []).map(Number),
  );
  const counts = [
    `${scenario.servers.length} servers`,
    `${scenario.calls.length} calls`,
    `${scenario.faults.length} disturbances`,
  ].join(", ");
  const text = [
    indented([`${faults.length} faults:`, ...faults.slice(0, FAULTS_SHOWN)]),
    indented([
      `shrunk to ${counts}:`,
      ...small.faults.slice(0, FAULTS_SHOWN),
      ...[...scenario.servers, ...scenario.faults].map((one) => JSON.stringify(one)),
      ...scenario.calls.filter(({ call }) => named.has(call)).map((call) => JSON.stringify(call)),
    ]),
    indented([
      "what happened, to these calls and beside them:",
      ...small.log.around(named).slice(-LINES_SHOWN),
    ]),
  ].join("\n");
  return { text, scenario };
}

function indented([head, ...lines]: readonly string[]): string {
  return [head, ...lines.map((line) => `  ${line}`)].join("\n");
}
