/**
 * The candidates of one service, kept in the form that a decision needs: it is rebuilt when servers or
 * groups change, so that picking only reads.
 *
 * @module
 */
import { EJECTED_SHARE_MAX } from "../limits.ts";
import type { Code } from "../errors.ts";
import type { LoadReport } from "../wire/load.ts";
import { Candidate } from "./candidate.ts";
import type { Group } from "./group.ts";
import { fnv1a, mix32 } from "./hash.ts";
import type { ServerView } from "./types.ts";

/** One service's candidates. */
export class ServiceTable {
  readonly service: string;
  group: Group;
  /** Every server that offers the service or offered it last, in the order of round-robin. */
  known: Candidate[] = [];
  /** Those that calls may go to. */
  active: Candidate[] = [];
  /** How many of the active ones are ejected. */
  ejected = 0;
  /** Virtual time of round-robin: the turn of the last pick. */
  virtualTime = 0;

  readonly #byName = new Map<string, Candidate>();
  readonly #servers: ReadonlyMap<string, ServerView>;
  readonly #orderSeed: number;

  /**
   * @param self Name of this proxy's server: different proxies start their rounds at different servers.
   * @param servers All servers that this proxy knows, kept up to date by its owner.
   */
  constructor(
    service: string,
    group: Group,
    self: string,
    servers: ReadonlyMap<string, ServerView>,
  ) {
    this.#servers = servers;
    this.service = service;
    this.group = group;
    this.#orderSeed = fnv1a(service, fnv1a(self));
  }

  /** The candidate of that name, if the server ever offered the service. */
  get(server: string): Candidate | undefined {
    return this.#byName.get(server);
  }

  /**
   * Takes a server as it is now.
   *
   * @returns Its candidate, new when it offers the service for the first time; `undefined` when it never did.
   */
  see(view: ServerView, now: number): Candidate | undefined {
    let candidate = this.#byName.get(view.name);
    const offering = view.services.has(this.service);
    if (candidate === undefined) {
      if (!offering) return undefined;
      candidate = new Candidate(view);
      this.#byName.set(view.name, candidate);
    } else if (view.connected && !candidate.connected) candidate.forget(now);
    candidate.view = view;
    candidate.connected = view.connected;
    candidate.offering = offering;
    return candidate;
  }

  /** Marks a candidate whose server nobody speaks of any more; it goes once its calls have ended. */
  markGone(name: string): void {
    const candidate = this.#byName.get(name);
    if (candidate === undefined) return;
    if (candidate.inFlight === 0) this.#byName.delete(name);
    else {
      candidate.offering = candidate.connected = false;
    }
  }

  /** Whether nobody offers the service and no call of it is under way. */
  get idle(): boolean {
    for (const { offering, inFlight } of this.#byName.values()) {
      if (offering || inFlight > 0) return false;
    }
    return true;
  }

  /** Names of all candidates. */
  names(): IterableIterator<string> {
    return this.#byName.keys();
  }

  /** Why a server, of whatever name, does not answer: words after "is". */
  absence(name: string): string {
    const candidate = this.#byName.get(name);
    if (candidate !== undefined && candidate.state !== "not offering") return candidate.state;
    return absenceOf(this.#servers.get(name), this.service);
  }

  /** The server with this hash, if this proxy knows it. */
  nameOf(hash: number): string | undefined {
    for (const { name, hash: own } of this.#servers.values()) if (own === hash) return name;
    return undefined;
  }

  /** Those that offer the service, or offered it, and are out of the question: each with its reason. */
  outsiders(): string[] {
    return [...this.#byName.values()].filter((candidate) => !this.known.includes(candidate)).map(
      ({ name, offering }) =>
        offering
          ? `${name} offers it and is no server of group "${this.group.name}"`
          : `${name} is ${this.absence(name)}`,
    );
  }

  /** Works out who is active; to be called after candidates or the group changed. */
  rebuild(): void {
    this.known = [];
    for (const candidate of this.#byName.values()) {
      const { view } = candidate;
      const active = candidate.offering && candidate.connected && !view.draining &&
        this.group.has(candidate.name);
      // A newcomer waits one turn: it must not get a round of its own each time it comes.
      if (active && !candidate.active) this.#lift(candidate);
      candidate.active = active;
      if (candidate.offering && this.group.has(candidate.name)) this.known.push(candidate);
    }
    this.known.sort((a, b) => this.#order(a) - this.#order(b));
    this.active = this.known.filter((candidate) => candidate.active);
    this.ejected = this.active.filter((candidate) => candidate.outlier.state !== "in").length;
  }

  /** A call to `candidate` ended. */
  ended(
    candidate: Candidate,
    outcome: "ok" | Code,
    latencyMs: number | undefined,
    now: number,
    load: LoadReport | undefined,
  ): void {
    const mayEject = candidate.active &&
      this.ejected + 1 <= this.active.length * EJECTED_SHARE_MAX;
    const change = candidate.ended(outcome, latencyMs, now, load, mayEject);
    if (change === "ejected") this.ejected++;
    else if (change === "readmitted") {
      if (candidate.active) this.ejected--;
      this.#lift(candidate);
    }
  }

  #lift(candidate: Candidate): void {
    candidate.turn = Math.max(candidate.turn, this.virtualTime + 1);
  }

  #order(candidate: Candidate): number {
    return mix32(candidate.view.hash ^ this.#orderSeed);
  }
}

/**
 * Why a server answers no call of a service: words after "is".
 *
 * @param view The server as it is; `undefined` when this proxy knows none of that name.
 * @param service The service that it does not offer.
 */
export function absenceOf(view: ServerView | undefined, service: string): string {
  if (view === undefined) return "not connected, and was not so far";
  if (!view.connected) return `disconnected, and did not offer "${service}"`;
  return `not offering "${service}"`;
}
