/**
 * How calls end in a proxy: what their origin is told, and who learns of it.
 *
 * @module
 */
import type { Code } from "../../errors.ts";
import type { StreamTable } from "../../wire/stream_table.ts";
import { type FailureTraits, sendError } from "./error_frame.ts";
import type { Port } from "./port.ts";
import type { ProxyCall } from "./call.ts";
import type { SwitchboardOptions } from "./options.ts";

/** Ends calls, each exactly once. */
export class CallOutcome {
  readonly #options: SwitchboardOptions;
  readonly #calls: StreamTable<ProxyCall>;

  /**
   * @param options The rest of the proxy.
   * @param calls The calls under way.
   */
  constructor(options: SwitchboardOptions, calls: StreamTable<ProxyCall>) {
    this.#options = options;
    this.#calls = calls;
  }

  /** Refuses a request that is in no table yet. */
  refuseNew(call: ProxyCall, code: Code, message: string, retryable: boolean): void {
    this.#options.counters.refused++;
    const text = `${call.name}: ${message}`;
    sendError(call, this.#options.self, code, text, { started: false, retryable });
  }

  /** Ends a call with an error of this proxy. */
  finishWith(call: ProxyCall, code: Code, message: string, traits: FailureTraits): void {
    sendError(call, this.#options.self, code, message, this.#retryable(call, traits));
    this.end(call, code);
  }

  /**
   * Ends a call for its origin. Its stream id stays taken until the target has ended it, too: the target
   * would take a new call with it for a part of this one.
   */
  abandon(
    call: ProxyCall,
    target: Port,
    code: Code,
    message: string,
    traits: FailureTraits,
  ): void {
    this.endForOrigin(call, code, message, traits);
    target.cancel(call.id);
  }

  /** The first half of {@linkcode abandon}: the target knows already that nobody waits. */
  endForOrigin(call: ProxyCall, code: Code, message: string, traits: FailureTraits): void {
    sendError(call, this.#options.self, code, message, this.#retryable(call, traits));
    call.origin?.removeBegun(call);
    call.abandon(code);
  }

  /** A call is over, for its target as well. */
  end(call: ProxyCall, how: "ok" | Code): void {
    if (call.state === "ended") return;
    const { counters, clock, dispatcher, decisions } = this.#options;
    const outcome = call.outcome ?? how;
    call.end();
    this.#calls.remove(call.id);
    call.origin?.removeBegun(call);
    if (outcome === "ok") counters.ok++;
    else counters.failed[outcome] = (counters.failed[outcome] ?? 0) + 1;
    const latencyMs = call.answered ? undefined : clock.ms - call.startedMs;
    if (call.slot >= 0) {
      dispatcher.released(call.slot, call.service, latencyMs, outcome === "ok", call.suspect);
    }
    if (call.server !== null) this.tellRouter(call, outcome);
    if (call.decision >= 0) decisions.ended(call.decision, outcome, clock.ms);
  }

  /** What a call says about the server that was picked for it. */
  tellRouter(call: ProxyCall, outcome: "ok" | Code): void {
    const latencyMs = call.answered ? undefined : this.#options.clock.ms - call.startedMs;
    this.#options.router.ended(call.server!, call.service, outcome, latencyMs, call);
    call.server = null;
  }

  /** What may have begun is made again only where it may be repeated. */
  #retryable(call: ProxyCall, traits: FailureTraits): FailureTraits {
    if (traits.retryable !== true || !traits.started) return traits;
    const mayRepeat = call.idempotent || this.#options.isIdempotent(call.serverName, call.name);
    return mayRepeat ? traits : { ...traits, retryable: false };
  }
}
