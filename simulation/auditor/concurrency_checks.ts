/**
 * How many calls of a service a process works on at once.
 *
 * @module
 */
import type { Check, Observation } from "./observation.ts";

/** Counts the handlers under way in each process, by service. */
export class ConcurrencyCheck implements Check {
  readonly #most: ReadonlyMap<string, number>;
  /** Call → its service, of services with a bound. */
  readonly #services = new Map<number, string>();
  /** Process and service → calls that it works on. */
  readonly #underWay = new Map<string, Set<number>>();
  readonly #faults: string[] = [];

  /** @param most Service → calls that one process works on at once; others have no bound. */
  constructor(most: ReadonlyMap<string, number>) {
    this.#most = most;
  }

  see(observation: Observation): void {
    if (observation.type === "made") {
      const { call, service } = observation;
      if (this.#most.has(service)) this.#services.set(call, service);
      return;
    }
    if (observation.type !== "begun" && observation.type !== "handler ended") return;
    const { call, process, ms } = observation;
    const service = this.#services.get(call);
    if (service === undefined) return;
    const place = `${process}, ${service}`;
    const calls = this.#underWay.get(place) ?? new Set();
    this.#underWay.set(place, calls);
    if (observation.type === "handler ended") return void calls.delete(call);
    calls.add(call);
    const most = this.#most.get(service)!;
    if (calls.size > most) {
      this.#faults.push(
        `at ${
          ms.toFixed(1)
        }, ${process} works on ${calls.size} calls of ${service}, it allows ${most}`,
      );
    }
  }

  faults(): string[] {
    return this.#faults;
  }
}
