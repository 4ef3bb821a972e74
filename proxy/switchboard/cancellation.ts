/**
 * The end of a call that nobody waits for: its target is told, and its caller, whose time may be over, is told
 * whether the handler has begun.
 *
 * @module
 */
import type { Code } from "../../errors.ts";
import { DEADLINE_GRACE_MS } from "../../limits.ts";
import type { Dispatcher } from "../../routing/dispatch/dispatcher.ts";
import type { BurstClock } from "./burst_clock.ts";
import type { CallOutcome } from "./outcome.ts";
import type { ProxyCall } from "./call.ts";
import type { SwitchboardCounters } from "./counters.ts";

/** A cancellation this close to the deadline is one because of it: clocks are read at different moments. */
const CANCEL_IS_LATE_MS = 10;

/** What cancelling needs of the rest of the proxy. */
export interface CancellationOptions {
  readonly clock: Pick<BurstClock, "ms">;
  readonly counters: Pick<SwitchboardCounters, "cancelled">;
  /** Calls wait for a process. */
  readonly dispatcher: Pick<Dispatcher<ProxyCall>, "cancel">;
  /** There is something to look at again: {@linkcode Cancellation.sweep} must be called. */
  onQueued(): void;
}

/** How cancelled calls end. */
export type CancellationOutcome = Pick<
  CallOutcome,
  "abandon" | "finishWith" | "endForOrigin" | "tellRouter"
>;

/** Cancels calls. */
export class Cancellation {
  readonly #options: CancellationOptions;
  readonly #outcome: CancellationOutcome;
  /** Cancelled calls that a process has not read, and of which it may still begin one. */
  #unproven: ProxyCall[] = [];

  /**
   * @param options The rest of the proxy.
   * @param outcome Ends calls.
   */
  constructor(options: CancellationOptions, outcome: CancellationOutcome) {
    this.#options = options;
    this.#outcome = outcome;
  }

  /** The caller does not wait any more. */
  cancel(call: ProxyCall): void {
    if (call.state === "cancelled") return;
    if (call.state === "forwarded") call.cancel();
    const { clock, counters, onQueued } = this.#options;
    counters.cancelled++;
    // A caller cancels when its deadline has passed: that speaks against the server, and is known now, even
    // if the server never says another word.
    if (call.server !== null && clock.ms >= call.deadlineMs - CANCEL_IS_LATE_MS) {
      this.#outcome.tellRouter(call, "DEADLINE_EXCEEDED");
    }
    if (this.#neverBegins(call)) return;
    this.cancelTarget(call);
    if (call.target?.kind !== "slot" || clock.ms < call.deadlineMs - CANCEL_IS_LATE_MS) return;
    this.#unproven.push(call);
    onQueued();
  }

  /** The call goes on until its target has ended it: the process is still busy with it. */
  cancelTarget(call: ProxyCall): void {
    if (call.target !== null) {
      call.target.cancel(call.id);
      return;
    }
    this.#options.dispatcher.cancel(call, call.service);
    const late = this.#options.clock.ms >= call.deadlineMs;
    this.#outcome.finishWith(
      call,
      late ? "DEADLINE_EXCEEDED" : "CANCELLED",
      late ? `${call.name}: its deadline passed while it waited` : `${call.name} was cancelled`,
      { started: false },
    );
  }

  /** The process says of a cancelled call that its handler has begun: its origin need not wait for more. */
  begun(call: ProxyCall): void {
    if (call.state !== "cancelled") return;
    const late = this.#options.clock.ms >= call.deadlineMs - CANCEL_IS_LATE_MS;
    const [code, what]: [Code, string] = late
      ? ["DEADLINE_EXCEEDED", "did not end within its deadline"]
      : ["CANCELLED", "was cancelled"];
    this.#outcome.endForOrigin(call, code, `${call.name} ${what}`, { started: true });
  }

  /**
   * Looks again at calls that were cancelled just before their deadline, as it is here.
   *
   * @returns Whether there are more.
   */
  sweep(): boolean {
    const unproven = this.#unproven;
    this.#unproven = [];
    for (const call of unproven) {
      if (call.state !== "cancelled" || this.#neverBegins(call)) continue;
      const untilMs = call.deadlineMs + DEADLINE_GRACE_MS;
      if (this.#options.clock.ms < untilMs) this.#unproven.push(call);
    }
    return this.#unproven.length > 0;
  }

  /**
   * Ends a call that its target has not read, or not been sent whole, and will not begin any more because its time
   * is over.
   *
   * @returns Whether that could be proven.
   */
  #neverBegins(call: ProxyCall): boolean {
    const { target } = call;
    const nowMs = this.#options.clock.ms;
    if (target === null || nowMs < call.deadlineMs) return false;
    // Without the last fragment of its request, which does not come any more, a handler does not begin.
    if (call.requestComplete && !target.withdraw(call, nowMs)) return false;
    const message = `${call.name}: its time was over before it began`;
    this.#outcome.abandon(call, target, "DEADLINE_EXCEEDED", message, { started: false });
    return true;
  }
}
