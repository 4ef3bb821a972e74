/**
 * `mesh why`: a decision in words and numbers.
 *
 * @module
 */
import type { Code } from "../errors.ts";
import { loadLimit } from "./bounded_rendezvous.ts";
import type { Candidate } from "./candidate.ts";
import type { Balance, Choice } from "./decide.ts";
import { meanLatencyMs } from "./least_loaded.ts";
import type { Group } from "./group.ts";
import { rendezvousScore, TextHash } from "./rendezvous.ts";
import type { ServiceTable } from "./service_table.ts";
import type { ExplainedCandidate, Explanation } from "./types.ts";

/** Scores of the rendezvous order, scaled to 0…1 for reading. */
const SCORE_SCALE = 2 ** 53;

/** Stands in for the draw of two in explanations: the best of all. */
export const bestScore: Balance = (table, avoidHash, now) => {
  const assumedMs = meanLatencyMs(table, now);
  let best: Candidate | undefined, bestScore = Infinity;
  for (const candidate of table.active) {
    if (candidate.view.hash === avoidHash || candidate.outlier.excluded(now)) continue;
    const score = candidate.score(now, assumedMs);
    if (score >= bestScore) continue;
    best = candidate;
    bestScore = score;
  }
  return best;
};

/** Explains what `choice` says about the candidates of `table`. */
export function explainChoice(
  table: ServiceTable,
  key: string | undefined,
  choice: Choice,
  now: number,
): Explanation {
  const { group } = table;
  const routed = group.mode === "routed" && key !== undefined;
  const hash = routed ? new TextHash(key) : undefined;
  const leastLoaded = group.mode === "normal" && group.leastLoaded;
  const assumedMs = meanLatencyMs(table, now);
  const candidates = table.known.map((candidate) =>
    explainCandidate(
      candidate,
      hash !== undefined
        ? rendezvousScore(hash, candidate.textHash) / SCORE_SCALE
        : leastLoaded
        ? candidate.score(now, assumedMs)
        : group.mode === "keyed"
        ? undefined
        : candidate.turn - table.virtualTime,
      now,
    )
  );
  candidates.sort((a, b) => ((a.score ?? 0) - (b.score ?? 0)) * (routed ? -1 : 1));
  const { candidate, why, code, message } = choice;
  return {
    ...head(table.service, key, group),
    scoreMeaning: routed
      ? `place in the key's order, the highest first; at most ${
        loadLimit(table, 0, now)
      } calls in flight at one server now`
      : leastLoaded
      ? "calls in flight × latency (ms) × failure penalty; the lower of two drawn at random"
      : group.mode === "keyed"
      ? "none: the key alone decides"
      : "turns to wait; the lowest is next",
    candidates,
    picked: candidate?.name,
    reason: candidate === undefined
      ? message
      : why === "least-loaded"
      ? "least-loaded: the lowest score of all; a call compares two drawn at random"
      : why,
    code: candidate === undefined ? code : undefined,
  };
}

/** Explains why a service that nobody was seen to offer has no server. */
export function explainMissing(
  { service, key, group, refusal, services }: {
    service: string;
    key: string | undefined;
    group: Group;
    refusal: { code: Code; message: string };
    /** Those that there are. */
    services: string[];
  },
): Explanation {
  return {
    ...head(service, key, group),
    scoreMeaning: "none: there are no candidates",
    candidates: [],
    picked: undefined,
    reason: refusal.message,
    code: refusal.code,
    services,
  };
}

/** The explanation of a call whose server the group's key module has to name. */
export function forModule(explanation: Explanation, group: Group): Explanation {
  const { keyModule = "its key module" } = group;
  return {
    ...explanation,
    reason:
      `the table of group "${group.name}" does not have the key: ${keyModule} names its server, in the ` +
      "process that calls",
    code: undefined,
    keyModule,
    tableSize: group.keys.size,
  };
}

function head(service: string, key: string | undefined, group: Group) {
  return {
    service,
    key,
    group: group.name,
    mode: group.mode,
    balance: group.leastLoaded ? "least-loaded" as const : "round-robin" as const,
  };
}

function explainCandidate(
  candidate: Candidate,
  score: number | undefined,
  now: number,
): ExplainedCandidate {
  const { outlier, latency } = candidate;
  const penalty = candidate.failureShare.penalty(now);
  const notes: string[] = [];
  if (candidate.active && outlier.state === "out") {
    const ms = Math.ceil(outlier.remainingMs(now));
    notes.push(ms > 0 ? `probe in ${ms} ms` : "the next call probes it");
  }
  if (candidate.active && outlier.state === "probing") notes.push("its probe is under way");
  const latencyMs = latency.measured ? latency.valueMs(now) : undefined;
  const reportedLatencyMs = candidate.reportedLatencyMs(now) || undefined;
  if (reportedLatencyMs !== undefined && reportedLatencyMs > (latencyMs ?? 0)) {
    notes.push(`all callers: ${reportedLatencyMs.toFixed(1)} ms`);
  }
  if (penalty > 1.5) notes.push(`failures make it ${penalty.toFixed(1)} times worse`);
  return {
    server: candidate.name,
    local: candidate.view.local,
    state: candidate.state,
    score,
    inFlight: candidate.inFlight,
    latencyMs,
    queueDepth: candidate.queueDepth(now),
    reportedLatencyMs,
    picked: candidate.picked,
    note: notes.join("; "),
  };
}
