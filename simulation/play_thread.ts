/**
 * Plays scenarios in a thread of its own.
 *
 * @module
 */
import { invent } from "./invent.ts";
import { reportOf } from "./report.ts";
import { type Outcome, run } from "./run.ts";
import type { Scenario } from "./scenario.ts";

/** What is asked for. */
export interface PlayRequest {
  /** What to play: what a seed stands for, or a scenario. */
  readonly what: { readonly seed: number; readonly calls: number | undefined } | Scenario;
  /** The faults alone, also the event log, or a description with a shrunk scenario. */
  readonly want: "faults" | "log" | "report";
}

/** What came of it. */
export interface PlayResult {
  /** What is wrong with mesh. */
  readonly faults: readonly string[];
  /** What fell in the simulation itself. */
  readonly own: readonly string[];
  readonly events: number;
  /** What came to its bound. */
  readonly reached: readonly string[];
  /** The event log, or the description. */
  readonly text?: string;
  /** The shrunk scenario of a failure. */
  readonly scenario?: Scenario;
}

async function play({ what, want }: PlayRequest): Promise<PlayResult> {
  let outcome: Outcome;
  try {
    outcome = await run("servers" in what ? what : invent(what.seed, what.calls));
  } catch (error) {
    return {
      faults: [],
      own: [`${error instanceof Error ? error.stack : error}`],
      events: 0,
      reached: [],
    };
  }
  const { faults, own, events, log, reached } = outcome;
  const result = { faults, own, events, reached };
  if (want === "log") return { ...result, text: log.lines().join("\n") };
  return want === "report" ? { ...result, ...await reportOf(outcome) } : result;
}

// Each request brings the port of its own answer.
addEventListener("message", async (event) => {
  if (event instanceof MessageEvent) event.ports[0]?.postMessage(await play(event.data));
});
