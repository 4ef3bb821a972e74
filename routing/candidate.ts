/**
 * What this proxy knows of one server regarding one service: exact counts of its own calls there, what
 * replies told about latency and queue, and whether it is ejected.
 *
 * @module
 */
import type { Code } from "../errors.ts";
import type { LoadReport } from "../wire/load.ts";
import { left } from "./decay.ts";
import { FailureShare } from "./failure_share.ts";
import { LATENCY_DECAY_MS, PeakEwma } from "./latency.ts";
import { Outlier } from "./outlier.ts";
import { TextHash } from "./rendezvous.ts";
import type { Decision, ServerState, ServerView, Why } from "./types.ts";

/** A reported queue depth fades to 1/e in this time, in ms: it is old news soon. */
const QUEUE_REPORT_DECAY_MS = 1_000;
/** What a call that is answered but goes on (a stream) counts as, compared with one that is waited for. */
const STREAM_WEIGHT = 0.25;
/** Latencies below this make no difference, in ms; keeps the number of calls in flight in the score. */
const LATENCY_FLOOR_MS = 0.05;

/** Codes that speak against the server rather than about the request. */
const FAILURES: ReadonlySet<Code> = new Set<Code>([
  "UNAVAILABLE",
  "DEADLINE_EXCEEDED",
  "RESOURCE_EXHAUSTED",
  "INTERNAL",
  "DATA_LOSS",
  "UNIMPLEMENTED",
]);

/** A server as a candidate for one service. Owned by its {@linkcode ServiceTable}. */
export class Candidate {
  readonly name: string;
  readonly textHash: TextHash;
  /** The server as of the last update. */
  view: ServerView;
  /** Whether the server offers the service; of a disconnected one: offered it last. */
  offering = false;
  /** As of the last update: the view's owner may have changed the view meanwhile. */
  connected = false;
  /** Whether calls may go there: offering, connected, not draining, in the group. */
  active = false;
  /** Virtual time of its next turn in round-robin. */
  turn = 0;

  /** Calls of this proxy that have not ended. */
  inFlight = 0;
  /** Those among them without a first reply. */
  waiting = 0;
  /** Times it was chosen. */
  picked = 0;
  /** Calls that ended with a code that speaks against the server. */
  failures = 0;

  readonly latency = new PeakEwma();
  readonly failureShare = new FailureShare();
  readonly outlier = new Outlier();

  readonly #decision: Extract<Decision, { code: undefined }>;
  #progressAt = 0;
  #queueDepth = 0;
  #reportedMs = 0;
  #reportedAt = 0;

  constructor(view: ServerView) {
    this.name = view.name;
    this.textHash = new TextHash(view.name);
    this.view = view;
    this.#decision = { server: view, why: "round-robin", code: undefined, message: "" };
  }

  /** Counts the choice; the returned object is reused at the next one. */
  choose(why: Why): Decision {
    this.picked++;
    this.#decision.server = this.view;
    this.#decision.why = why;
    return this.#decision;
  }

  /** A call goes there. */
  started(now: number): void {
    if (this.waiting === 0) this.#progressAt = now;
    this.inFlight++;
    this.waiting++;
    this.outlier.started(now);
  }

  /** The first reply of a call that goes on. */
  answered(latencyMs: number, now: number, load: LoadReport | undefined): void {
    this.waiting--;
    this.#progressAt = now;
    this.latency.observe(latencyMs, now);
    if (load !== undefined) this.#report(load, now);
  }

  /**
   * A call ended.
   *
   * @param latencyMs Time until its first reply or its error; `undefined`: `answered` was called for it.
   * @param mayEject Whether the server may be ejected for it.
   * @returns `"ejected"` or `"readmitted"` when this call made the difference.
   */
  ended(
    outcome: "ok" | Code,
    latencyMs: number | undefined,
    now: number,
    load: LoadReport | undefined,
    mayEject: boolean,
  ): "ejected" | "readmitted" | undefined {
    this.inFlight--;
    if (latencyMs !== undefined) {
      this.waiting--;
      this.#progressAt = now;
    }
    if (load !== undefined) this.#report(load, now);
    if (outcome === "CANCELLED") {
      if (latencyMs !== undefined) this.latency.observeAtLeast(latencyMs, now);
      this.outlier.abandoned(now);
      return undefined;
    }
    const failed = outcome !== "ok" && FAILURES.has(outcome);
    this.failureShare.observe(failed, now);
    if (failed) this.failures++;
    if (latencyMs !== undefined) {
      if (outcome === "DEADLINE_EXCEEDED") this.latency.observeAtLeast(latencyMs, now);
      else if (!failed) this.latency.observe(latencyMs, now); // a quick failure is no quick server
    }
    if (outcome === "UNAVAILABLE" || outcome === "DEADLINE_EXCEEDED") {
      return this.outlier.failed(now, mayEject) ? "ejected" : undefined;
    }
    return this.outlier.succeeded(now) ? "readmitted" : undefined;
  }

  /** Last reported queue depth, faded by its age. */
  queueDepth(now: number): number {
    if (this.#queueDepth === 0) return 0;
    return this.#queueDepth * left(now - this.#reportedAt, QUEUE_REPORT_DECAY_MS);
  }

  /** Last reported mean latency of all callers, faded by its age, in ms; 0 when nothing is known. */
  reportedLatencyMs(now: number): number {
    if (this.#reportedMs === 0) return 0;
    return this.#reportedMs * left(now - this.#reportedAt, LATENCY_DECAY_MS);
  }

  /**
   * What least-loaded compares, less is better: calls there × time a call takes × failure penalty.
   *
   * @param assumedMs Time a call takes if nothing was measured yet.
   */
  score(now: number, assumedMs: number): number {
    const load = 1 + this.waiting + STREAM_WEIGHT * (this.inFlight - this.waiting) +
      this.queueDepth(now);
    const latencyMs = this.latency.measured ? this.latency.valueMs(now) : assumedMs;
    const reportedMs = this.reportedLatencyMs(now);
    return load * Math.max(latencyMs, reportedMs, this.#silentMs(now), LATENCY_FLOOR_MS) *
      this.failureShare.penalty(now);
  }

  /** What people are told about it. */
  get state(): ServerState {
    if (!this.connected) return "disconnected";
    if (this.view.draining) return "draining";
    if (!this.offering) return "not offering";
    const state = this.outlier.state;
    return state === "in" ? "ok" : state === "out" ? "ejected" : "probing";
  }

  /** Forgets what was learnt of the server: it is a new one. Counts of calls stay. */
  forget(now: number): void {
    this.latency.reset();
    this.failureShare.reset();
    this.outlier.reset(now);
    this.#queueDepth = 0;
    this.#reportedMs = 0;
  }

  /** A server that is silent while calls wait takes at least so long: a stall shows before its late replies. */
  #silentMs(now: number): number {
    return this.waiting > 0 ? now - this.#progressAt : 0;
  }

  #report(load: LoadReport, now: number): void {
    if (load.queueDepth < 0) return;
    this.#queueDepth = load.queueDepth;
    this.#reportedMs = load.latencyMs;
    this.#reportedAt = now;
  }
}
