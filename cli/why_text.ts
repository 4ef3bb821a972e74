/**
 * Decisions for people.
 *
 * @module
 */
import type { LoggedDecision } from "../proxy/switchboard/decision_log.ts";
import type { ExplainedCandidate, Explanation } from "../routing/types.ts";
import { didYouMean } from "../config/suggest.ts";
import { alignedTable } from "./table.ts";

/**
 * How a call would be decided: the group, each candidate, and which is picked.
 *
 * @param explanation What the server told.
 */
export function explanationText(explanation: Explanation): string {
  const { service, key, group, mode, balance, candidates, picked, reason, code, keyModule } =
    explanation;
  const head = alignedTable([
    ["service", service],
    ...(explanation.handler === undefined ? [] : [["handler", explanation.handler]]),
    ["key", key === undefined ? "-" : JSON.stringify(key)],
    ["group", group],
    ["mode", mode === "normal" ? `normal, ${balance}` : mode],
    ...(keyModule === undefined ? [] : [["key module", keyModuleText(explanation)]]),
    picked !== undefined
      ? ["picked", `${picked} (${reason})`]
      : code === undefined
      ? ["undecided", reason]
      : ["refused", `${code}: ${reason}${meant(explanation)}`],
  ]);
  if (candidates.length === 0) return head;
  const table = alignedTable([
    ["", "server", "state", "score", "in flight", "queued", "latency", "times picked", "note"],
    ...candidates.map((candidate) => row(candidate, picked)),
  ]);
  return `${head}\n${table}\nscore: ${explanation.scoreMeaning}\n`;
}

/**
 * Where the calls of a request went: a line per call and attempt, the oldest first.
 *
 * @param decisions What the server told, at least one.
 */
export function decisionsText(decisions: readonly LoggedDecision[]): string {
  const { requestId = "", agoMs = 0 } = decisions[0] ?? {};
  const table = alignedTable([
    ["after", "call", "attempt", "server", "why", "outcome", "took"],
    ...decisions.map((decision) => [
      `${agoMs - decision.agoMs} ms`,
      decision.target,
      String(decision.attempt + 1),
      decision.server,
      decision.why,
      decision.outcome,
      `${decision.tookMs.toFixed(2)} ms`,
    ]),
  ]);
  return `request ${requestId}, ${ago(agoMs)} ago\n\n${table}`;
}

/** What may have been meant, where a name is unknown. */
function meant({ service, handler, handlers, services }: Explanation): string {
  if (services !== undefined) return didYouMean(service, services);
  if (handler === undefined || handlers === undefined || handlers.includes(handler)) return "";
  return didYouMean(handler, handlers);
}

function keyModuleText({ keyModule, keyModuleNames }: Explanation): string {
  return keyModuleNames === undefined ? `${keyModule}` : `${keyModule} names ${keyModuleNames}`;
}

function row(candidate: ExplainedCandidate, picked: string | undefined): string[] {
  const { server, local, state, score, inFlight, queueDepth, latencyMs, note } = candidate;
  return [
    server === picked ? "→" : "",
    local ? `${server} (this one)` : server,
    state,
    score === undefined ? "-" : score.toFixed(3),
    String(inFlight),
    queueDepth.toFixed(queueDepth < 10 && queueDepth > 0 ? 1 : 0),
    latencyMs === undefined ? "-" : `${latencyMs.toFixed(2)} ms`,
    String(candidate.picked),
    note,
  ];
}

function ago(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
