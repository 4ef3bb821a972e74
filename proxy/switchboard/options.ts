/**
 * What a switchboard is made of.
 *
 * @module
 */
import type { Dispatcher } from "../../routing/dispatch/dispatcher.ts";
import type { Router } from "../../routing/router.ts";
import type { BurstClock } from "./burst_clock.ts";
import type { DecisionLog } from "./decision_log.ts";
import type { Port } from "./port.ts";
import type { ProxyCall } from "./call.ts";
import type { SwitchboardCounters } from "./counters.ts";
import type { TargetChooserOptions } from "./target_chooser.ts";

/** What the switchboard needs of the rest of the proxy. */
export interface SwitchboardOptions extends TargetChooserOptions {
  readonly router: Router;
  readonly decisions: DecisionLog;
  /** This server's name, for errors. */
  readonly self: string;
  /** Calls that may be under way; of one port, half of them. */
  readonly callsMax: number;
  /** A peer may be silent about a cancelled call for so long, in ms. */
  readonly silenceMs: number;
  /** Picks processes. */
  readonly dispatcher: Dispatcher<ProxyCall>;
  /** The port of a slot; `undefined` when nothing is attached there. */
  slotPort(slot: number): Port | undefined;
  /** Calls wait for a process, or for the end of their time: both sweeps must be called until none does. */
  onQueued(): void;
  /** A port's other side ends its calls no more: the port must be given up. */
  silent(port: Port, why: string): void;
  /** The proxy itself failed at a frame, which is lost. */
  failed(error: unknown): void;
  /** The proxy's clock. */
  readonly clock: BurstClock;
  /** What is counted. */
  readonly counters: SwitchboardCounters;
}
