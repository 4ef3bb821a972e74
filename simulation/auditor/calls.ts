/**
 * What was seen of each call, put together.
 *
 * @module
 */
import type { Begun, Ended, HandlerEnded, Made, Observation } from "./observation.ts";

/** A time during which something was disturbed. */
export interface Disturbance {
  readonly what: string;
  readonly servers: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** All that is known of a call. */
export interface Seen {
  readonly made: Made;
  readonly begun: Begun[];
  readonly ended: Ended[];
  readonly handlersEnded: HandlerEnded[];
}

/** See the module's description. */
export class Calls {
  readonly byNumber = new Map<number, Seen>();
  readonly disturbances: Disturbance[] = [];
  /** Process → when it died, and whether it had been asked to end. */
  readonly deaths = new Map<string, { ms: number; server: string; asked: boolean }>();
  readonly stalls = new Map<string, [number, number][]>();
  /** Handlers that began for calls which nobody made. */
  readonly strangers: Begun[] = [];
  readonly twice: number[] = [];

  /** Something was seen. */
  see(observation: Observation): void {
    switch (observation.type) {
      case "made":
        if (this.byNumber.has(observation.call)) this.twice.push(observation.call);
        else {
          this.byNumber.set(observation.call, {
            made: observation,
            begun: [],
            ended: [],
            handlersEnded: [],
          });
        }
        break;
      case "begun": {
        const seen = this.byNumber.get(observation.call);
        if (seen === undefined) this.strangers.push(observation);
        else seen.begun.push(observation);
        break;
      }
      case "ended":
        this.byNumber.get(observation.call)?.ended.push(observation);
        break;
      case "handler ended":
        this.byNumber.get(observation.call)?.handlersEnded.push(observation);
        break;
      case "died":
        this.deaths.set(observation.process, observation);
        break;
      case "disturbed":
        this.disturbances.push(observation);
        break;
      case "stalled": {
        const of = this.stalls.get(observation.process) ?? [];
        of.push([observation.fromMs, observation.toMs]);
        this.stalls.set(observation.process, of);
        break;
      }
    }
  }

  /** How long a process did nothing between two times, in ms. */
  stalledMs(process: string, fromMs: number, toMs: number): number {
    let sum = 0;
    for (const [from, to] of this.stalls.get(process) ?? []) {
      sum += Math.max(0, Math.min(to, toMs) - Math.max(from, fromMs));
    }
    return sum;
  }

  /** Whether nothing was disturbed, and nothing died, between two times. */
  calm(fromMs: number, toMs: number): boolean {
    for (const { fromMs: from, toMs: to } of this.disturbances) {
      if (from <= toMs && to >= fromMs) return false;
    }
    for (const { ms } of this.deaths.values()) if (ms >= fromMs && ms <= toMs) return false;
    return true;
  }

  /** Whether nothing was done to any of these servers between two times. */
  calmFor(servers: readonly string[], fromMs: number, toMs: number): boolean {
    const concerned = (server: string) => servers.includes(server);
    return !this.disturbances.some(({ servers, fromMs: from, toMs: to }) =>
      from <= toMs && to >= fromMs && servers.some(concerned)
    );
  }

  /** Whether something of this kind happened between two times. */
  disturbed(what: string, fromMs: number, toMs: number): boolean {
    return this.disturbances.some((one) =>
      one.what === what && one.fromMs <= toMs && one.toMs >= fromMs
    );
  }
}
