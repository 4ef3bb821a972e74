/**
 * What was seen of each call, put together.
 *
 * @module
 */
import { Answers } from "./answers.ts";
import { LiarWatch } from "./liar_watch.ts";
import type { Begun, Ended, HandlerEnded, Made, Observation } from "./observation.ts";

/** A proxy that lives on tells of a death within this time, also when it was stopped meanwhile, in ms. */
const TOLD_MS = 4_000;

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

/** Notes what befell each call, and when something disturbed the run: stalls, deaths, cuts. */
export class Calls {
  readonly byNumber = new Map<number, Seen>();
  readonly disturbances: Disturbance[] = [];
  /** Process → when it died, and whether it had been asked to end. */
  readonly deaths = new Map<string, { ms: number; server: string; asked: boolean }>();
  readonly stalls = new Map<string, [number, number][]>();
  /** Handlers that began for calls which nobody made. */
  readonly strangers: Begun[] = [];
  readonly twice: number[] = [];
  /** What processes owe. */
  readonly answers = new Answers();
  /** Who lies to other servers. */
  readonly liars = new LiarWatch();

  /** Something was seen. */
  see(observation: Observation): void {
    this.liars.see(observation);
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
        if (this.liars.invented(observation, seen?.made)) break;
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

  /** When a process died, unasked, while it owed a call's reply; `undefined`: it did not. */
  diedWith({ process, requestId }: Begun): number | undefined {
    const died = this.deaths.get(process);
    if (died === undefined || died.asked) return undefined;
    return this.answers.debtors(requestId).includes(process) ? died.ms : undefined;
  }

  /** How many processes died, unasked, that had been given a call: the last ones perhaps before it began. */
  deathsWith({ begun }: Seen): number {
    const ids = new Set(begun.map(({ requestId }) => requestId));
    return [...ids].flatMap((id) => this.answers.debtors(id))
      .filter((process) => this.deaths.get(process)?.asked === false).length;
  }

  /**
   * Whether the server of a caller has learned of such a death: the dead process's proxy lived on, and the link
   * between the two did, too. A lost link is no death: nobody knows what became of the processes behind it.
   */
  learned(caller: string, { server, ms }: Begun, diedMs: number): boolean {
    const untilMs = diedMs + TOLD_MS;
    for (const [process, died] of this.deaths) {
      const proxy = died.server === server && process.includes("/proxy-");
      if (proxy && died.ms >= ms && died.ms <= untilMs) return false;
    }
    return caller === server ||
      !this.disturbances.some(({ what, servers, fromMs, toMs }) =>
        (what === "link" ? servers.includes(caller) : what === "clock") &&
        servers.some((one) => one === server || one === caller) &&
        fromMs <= untilMs && toMs >= ms
      );
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
