/**
 * Calls that nobody waits for any more, and whose targets say nothing: their origins are told in the target's stead,
 * and a peer that ends none of them is given up.
 *
 * A process may compute for minutes and say nothing. Its proxy speaks for it, and so does every proxy on the way: a
 * peer that keeps silent for long loses frames, or is broken.
 *
 * @module
 */
import type { Code } from "../../errors.ts";
import { CANCEL_WORD_MS } from "../../limits.ts";
import type { BurstClock } from "./burst_clock.ts";
import type { CallOutcome } from "./outcome.ts";
import type { ProxyCall } from "./call.ts";
import type { Port } from "./port.ts";

/** What is needed of the rest of the proxy. */
export interface SilentTargetsOptions {
  readonly clock: Pick<BurstClock, "ms">;
  /** A peer may be silent about a cancelled call for so long, in ms. */
  readonly silenceMs: number;
  /** There is something to look at again: {@linkcode SilentTargets.sweep} must be called. */
  onQueued(): void;
  /** A port's other side ends its calls no more: the port must be given up. */
  silent(port: Port, why: string): void;
}

/** Waits for the ends of cancelled calls, and tells their origins and peers when they do not come. */
export class SilentTargets {
  readonly #options: SilentTargetsOptions;
  readonly #outcome: Pick<CallOutcome, "endForOrigin">;
  /** Whose origins are not told yet, in the order of {@linkcode ProxyCall.waitsSinceMs}. */
  #untold: ProxyCall[] = [];
  /** Those of peers, in the same order. */
  #owed: ProxyCall[] = [];

  /**
   * @param options The rest of the proxy.
   * @param outcome Ends calls.
   */
  constructor(options: SilentTargetsOptions, outcome: Pick<CallOutcome, "endForOrigin">) {
    this.#options = options;
    this.#outcome = outcome;
  }

  /** A call was cancelled; from now on its target is waited for. */
  add(call: ProxyCall): void {
    if (call.state === "ended" || call.target === null) return;
    call.waitsSinceMs = this.#options.clock.ms;
    this.#untold.push(call);
    this.#options.onQueued();
  }

  /**
   * Looks whose time is over.
   *
   * @returns Whether there are more.
   */
  sweep(): boolean {
    if (this.#untold.length > 0) this.#untold = this.#untold.filter((call) => this.#waits(call));
    if (this.#owed.length > 0) {
      const silent = new Set<Port>();
      this.#owed = this.#owed.filter((call) => this.#owes(call, silent));
      // Last: the calls of a port that is given up end with it.
      for (const port of silent) {
        const seconds = this.#options.silenceMs / 1_000;
        this.#options.silent(port, `it did not end a cancelled call within ${seconds} s`);
      }
    }
    return this.#untold.length + this.#owed.length > 0;
  }

  #waits(call: ProxyCall): boolean {
    const { target } = call;
    const { ms } = this.#options.clock;
    if (call.state === "ended" || target === null) return false;
    if (ms < call.waitsSinceMs + CANCEL_WORD_MS) return true;
    if (target.endsCancelled) this.#owed.push(call);
    if (call.origin !== null) {
      const late = ms >= call.deadlineMs;
      const [code, what]: [Code, string] = late
        ? ["DEADLINE_EXCEEDED", "did not end within its deadline"]
        : ["CANCELLED", "was cancelled"];
      const text = `${call.name} ${what}, and ${target.label} says nothing of it`;
      this.#outcome.endForOrigin(call, code, text, { started: call.requestComplete });
    }
    return false;
  }

  #owes(call: ProxyCall, silent: Set<Port>): boolean {
    if (call.state === "ended" || call.target === null) return false;
    if (this.#options.clock.ms < call.waitsSinceMs + this.#options.silenceMs) return true;
    silent.add(call.target);
    return false;
  }
}
