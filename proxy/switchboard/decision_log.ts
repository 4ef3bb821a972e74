/**
 * The last requests that a proxy routed: where each went, why, and what became of it. A ring that is
 * written in place, since every call passes by here.
 *
 * @module
 */
import { DECISIONS_KEPT } from "../../limits.ts";
import { type RequestHeadReader, requestIdText } from "../../wire/request_head.ts";

/** One request, for people. */
export interface LoggedDecision {
  /** 16 hexadecimal digits. */
  readonly requestId: string;
  /** `"service.handler"`. */
  readonly target: string;
  /** 0 for the first attempt. */
  readonly attempt: number;
  /** The server that was picked. */
  readonly server: string;
  /** Why that one. */
  readonly why: string;
  /** How it ended: `"ok"`, a code, or `"under way"`. */
  readonly outcome: string;
  /** How long ago it came, in ms. */
  readonly agoMs: number;
  /** How long it took so far, in ms. */
  readonly tookMs: number;
}

/** What is remembered of a request's head. */
export type LoggedHead = Pick<
  RequestHeadReader,
  "requestIdHigh" | "requestIdLow" | "target" | "attempt"
>;

/** Keeps the last {@linkcode DECISIONS_KEPT} decisions, and finds those of a request. */
export class DecisionLog {
  readonly #idHigh = new Uint32Array(DECISIONS_KEPT);
  readonly #idLow = new Uint32Array(DECISIONS_KEPT);
  readonly #attempt = new Uint8Array(DECISIONS_KEPT);
  readonly #startedMs = new Float64Array(DECISIONS_KEPT);
  readonly #endedMs = new Float64Array(DECISIONS_KEPT);
  readonly #target: string[] = new Array(DECISIONS_KEPT).fill("");
  readonly #server: string[] = new Array(DECISIONS_KEPT).fill("");
  readonly #why: string[] = new Array(DECISIONS_KEPT).fill("");
  readonly #outcome: string[] = new Array(DECISIONS_KEPT).fill("");
  #next = 0;

  /**
   * A request was routed.
   *
   * @param head The request's head.
   * @param server The server picked.
   * @param why Why that one.
   * @param nowMs The time, in ms.
   * @returns Its number.
   */
  add(head: LoggedHead, server: string, why: string, nowMs: number): number {
    const number = this.#next++;
    const at = number % DECISIONS_KEPT;
    this.#idHigh[at] = head.requestIdHigh;
    this.#idLow[at] = head.requestIdLow;
    this.#attempt[at] = head.attempt;
    this.#startedMs[at] = nowMs;
    this.#endedMs[at] = 0;
    this.#target[at] = head.target;
    this.#server[at] = server;
    this.#why[at] = why;
    this.#outcome[at] = "under way";
    return number;
  }

  /** The request with this number ended; forgotten ones are ignored. */
  ended(number: number, outcome: string, nowMs: number): void {
    if (number < this.#next - DECISIONS_KEPT) return;
    const at = number % DECISIONS_KEPT;
    this.#outcome[at] = outcome;
    this.#endedMs[at] = nowMs;
  }

  /**
   * What is remembered of a request id: one entry per call and attempt, oldest first.
   *
   * @param requestId 16 hexadecimal digits.
   * @param nowMs The time, in ms.
   */
  find(requestId: string, nowMs: number): LoggedDecision[] {
    const found: LoggedDecision[] = [];
    for (let n = Math.max(0, this.#next - DECISIONS_KEPT); n < this.#next; n++) {
      const at = n % DECISIONS_KEPT;
      if (requestIdText(this.#idHigh[at] ?? 0, this.#idLow[at] ?? 0) !== requestId) continue;
      const startedMs = this.#startedMs[at] ?? 0;
      found.push({
        requestId,
        target: this.#target[at] ?? "",
        attempt: this.#attempt[at] ?? 0,
        server: this.#server[at] ?? "",
        why: this.#why[at] ?? "",
        outcome: this.#outcome[at] ?? "",
        agoMs: Math.round(nowMs - startedMs),
        tookMs: Math.round(((this.#endedMs[at] || nowMs) - startedMs) * 100) / 100,
      });
    }
    return found;
  }
}
