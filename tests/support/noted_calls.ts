/**
 * What a client needs of a process, without one: calls are kept, and what is asked for them is noted.
 *
 * @module
 */
import { Attempt } from "../../client/attempt.ts";
import type { CallRequest } from "../../client/call_request.ts";
import type { ClientMeans } from "../../client/mesh_client.ts";
import type { OutgoingCall } from "../../client/outgoing_call.ts";
import type { Outside } from "../../outside/outside.ts";
import { realOutside } from "../../outside/real_outside.ts";
import { RetryBudget } from "../../routing/retry_budget.ts";

/** What a call asks for: `quotes.price`, unless told otherwise, within 5 s. */
export function callRequest(fields: Partial<CallRequest> = {}): CallRequest {
  return {
    target: "quotes.price",
    input: undefined,
    key: undefined,
    keyExplicit: false,
    idempotent: false,
    metadata: null,
    pinnedHash: 0,
    madeMs: 0,
    deadlineMs: 5_000,
    firstReply: false,
    idleTimeoutMs: undefined,
    signal: undefined,
    ...fields,
  };
}

/** Keeps calls, and notes what is asked for them. */
export class NotedCalls implements ClientMeans {
  nowMs = 0;
  readonly messageBytes = 1_048_576;
  readonly outside: Outside;
  readonly hedgeBudget = new RetryBudget(0, 1);
  readonly questions = { ask: () => Promise.resolve({ servers: [] }) };
  /** What was asked for calls, in words. */
  readonly asked: string[] = [];
  /** The calls that were made. */
  readonly calls: OutgoingCall[] = [];
  /** Whether there is budget for another attempt. */
  retries = true;
  /** Whether the proxy will say how an attempt ended. */
  underWay = true;

  /** @param outside Clock, timers and chance, in place of a clock that stands at {@linkcode nowMs}. */
  constructor(outside?: Outside) {
    this.outside = outside ?? Object.create(realOutside, {
      now: { value: () => this.nowMs },
      random: { value: () => 0.5 },
    });
  }

  begin(call: OutgoingCall): void {
    this.calls.push(call);
    this.#attempt(call);
  }

  beginAgain(call: OutgoingCall, pauseMs: number): void {
    this.#attempt(call);
    this.asked.push(`again in ${pauseMs}`);
  }

  mayRetry(_: OutgoingCall, free: boolean): boolean {
    this.asked.push(free ? "free retry?" : "retry?");
    return this.retries;
  }

  askForWord(): boolean {
    return this.underWay;
  }

  cancel(): boolean {
    this.asked.push("cancel");
    return this.underWay;
  }

  dueAt(_: OutgoingCall, dueMs: number): void {
    this.asked.push(`due at ${dueMs}`);
  }

  settled(): void {}

  #attempt(call: OutgoingCall): void {
    call.attempt = new Attempt(call, {
      grant: (_, bytes) => void this.asked.push(`grant ${bytes}`),
    });
  }
}
