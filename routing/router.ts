/**
 * The router of one proxy: which server gets a call.
 *
 * It holds the groups, one table of candidates per service, and the counters; the decision is in
 * decide.ts. Nothing here does I/O or sets a timer; a pick allocates nothing unless it refuses.
 *
 * @module
 */
import type { Code } from "../errors.ts";
import { SERVICES_KNOWN_MAX } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import type { LoadReport } from "../wire/load.ts";
import type { Candidate } from "./candidate.ts";
import { type Balance, type Choice, decide } from "./decide.ts";
import { bestScore, explainChoice, explainMissing, forModule } from "./explain.ts";
import { Group } from "./group.ts";
import { serverHash } from "./hash.ts";
import { betterOfTwo } from "./least_loaded.ts";
import { nextTurn, takeTurn } from "./round_robin.ts";
import { absenceOf, ServiceTable } from "./service_table.ts";
import { snapshotGroup } from "./snapshot.ts";
import type {
  BroadcastTarget,
  Decision,
  Explanation,
  GroupConfig,
  GroupSnapshot,
  RouteRequest,
  ServerView,
} from "./types.ts";

/** Group of services that no other group names. */
export const DEFAULT_GROUP = "default";

/** Options of a {@linkcode Router}. */
export interface RouterOptions {
  /** Name of this proxy's server. */
  self: string;
  groups: readonly GroupConfig[];
  /** A steady clock, ms. It is asked at each call's start and end: a clock that is read once per burst will do. */
  now: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
}

/** Chooses servers for calls. */
export class Router {
  readonly #self: string;
  readonly #now: () => number;
  readonly #balance: Balance;
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<string, Group>();
  readonly #tables = new Map<string, ServiceTable>();
  readonly #servers = new Map<string, ServerView>();
  #incomplete = false;

  constructor(options: RouterOptions) {
    this.#self = options.self;
    this.#now = options.now;
    const random = options.random;
    this.#balance = (table, avoidHash, now) =>
      leastLoaded(table)
        ? betterOfTwo(table, avoidHash, now, random)
        : nextTurn(table, avoidHash, now);
    this.setGroups(options.groups);
  }

  /**
   * Takes the servers as they are now: to be called whenever links, services or draining changed.
   *
   * @param servers All that this proxy knows, itself and disconnected ones included.
   * @param incomplete Whether configured peers are not connected yet: a service that nobody offers may be theirs.
   */
  update(servers: readonly ServerView[], incomplete = false): void {
    const now = this.#now();
    this.#incomplete = incomplete;
    for (const { services } of servers) {
      for (const service of services.keys()) {
        if (!this.#tables.has(service)) {
          const group = this.#groupFor(service);
          const table = new ServiceTable(service, group, this.#self, this.#servers);
          this.#tables.set(service, table);
        }
      }
    }
    this.#servers.clear();
    for (const view of servers) this.#servers.set(view.name, view);
    for (const table of this.#tables.values()) {
      for (const name of [...table.names()]) if (!this.#servers.has(name)) table.markGone(name);
      for (const view of servers) table.see(view, now);
      table.rebuild();
    }
    if (this.#tables.size > SERVICES_KNOWN_MAX) this.#forget();
  }

  /** Takes changed groups. Counters of groups and servers that stay are kept; calls under way are untouched. */
  setGroups(groups: readonly GroupConfig[]): void {
    const fallback: GroupConfig = {
      name: DEFAULT_GROUP,
      mode: "normal",
      services: [],
      prefer: "any",
      balance: "round-robin",
    };
    const all = groups.some(({ name }) => name === DEFAULT_GROUP) ? groups : [...groups, fallback];
    for (const name of [...this.#groups.keys()]) {
      if (!all.some((group) => group.name === name)) this.#groups.delete(name);
    }
    this.#groupOf.clear();
    for (const config of all) {
      let group = this.#groups.get(config.name);
      if (group === undefined) this.#groups.set(config.name, group = new Group(config));
      else group.configure(config);
      for (const service of config.services) {
        if (!this.#groupOf.has(service)) this.#groupOf.set(service, group);
      }
    }
    for (const table of this.#tables.values()) {
      table.group = this.#groupFor(table.service);
      table.rebuild();
    }
  }

  /**
   * Chooses the server for a call. If the call is then sent, {@linkcode started} must follow.
   *
   * @returns Valid until the next pick.
   */
  pick(request: RouteRequest): Decision {
    const table = this.#tables.get(request.service);
    if (table === undefined) {
      this.#groupFor(request.service).refused++;
      return { server: undefined, why: undefined, ...this.#missing(request.service) };
    }
    const choice = decide(table, request, this.#now(), this.#balance);
    const { candidate } = choice;
    if (candidate === undefined) {
      table.group.refused++;
      const { code, message, again } = choice;
      return { server: undefined, why: undefined, code, message, again };
    }
    count(table, candidate, choice);
    return candidate.choose(choice.why);
  }

  /** A call of `service` goes to `server`. */
  started(server: ServerView, service: string): void {
    this.#tables.get(service)?.get(server.name)?.started(this.#now());
  }

  /**
   * The first reply of a call that goes on arrived (a stream's first item). Not for a reply that ends
   * its call.
   *
   * @param latencyMs Time since {@linkcode started}.
   */
  answered(server: ServerView, service: string, latencyMs: number, load?: LoadReport): void {
    this.#tables.get(service)?.get(server.name)?.answered(latencyMs, this.#now(), load);
  }

  /**
   * A call that was started ended.
   *
   * @param outcome `CANCELLED` says nothing about the server: the caller left.
   * @param latencyMs Time since {@linkcode started}; `undefined` if {@linkcode answered} was called for it.
   */
  ended(
    server: ServerView,
    service: string,
    outcome: "ok" | Code,
    latencyMs: number | undefined,
    load?: LoadReport,
  ): void {
    const table = this.#tables.get(service);
    const candidate = table?.get(server.name);
    if (table === undefined || candidate === undefined) return;
    table.ended(candidate, outcome, latencyMs, this.#now(), load);
  }

  /**
   * The servers that a broadcast addresses.
   *
   * @param servers How many; default all of the group, those that cannot answer now included.
   * @returns Empty when nobody ever offered the service: {@linkcode pick} says what to answer.
   */
  broadcastTargets(service: string, servers?: number): BroadcastTarget[] {
    const table = this.#tables.get(service);
    if (table === undefined) return [];
    if (servers !== undefined) {
      const inTurn = [...table.active].sort((a, b) => a.turn - b.turn).slice(0, servers);
      for (const candidate of inTurn) takeTurn(table, candidate);
      return inTurn.map(({ name, view }) => ({ name, hash: view.hash, available: true }));
    }
    return table.known.map(({ name, view, active }) => ({
      name,
      hash: view.hash,
      available: active,
    }));
  }

  /**
   * How a call would be decided now, for `mesh why`. Changes nothing.
   *
   * @param owner The server that the group's key module names for the key; only who can ask it knows.
   */
  explain(service: string, key?: string, owner?: string): Explanation {
    const table = this.#tables.get(service);
    if (table === undefined) {
      const refusal = this.#missing(service);
      const services = [...this.#tables.keys()].sort();
      return explainMissing({ service, key, group: this.#groupFor(service), refusal, services });
    }
    const now = this.#now();
    const asked = table.group.asksModule(key, true);
    const pinnedHash = asked && owner !== undefined ? serverHash(owner) : 0;
    const request = { service, key, keyExplicit: true, avoidHash: 0, pinnedHash };
    const choice = decide(table, request, now, leastLoaded(table) ? bestScore : nextTurn);
    const explanation = explainChoice(table, key, choice, now);
    return asked && owner === undefined ? forModule(explanation, table.group) : explanation;
  }

  /** The groups, as `mesh status --json` shows them. */
  snapshot(): GroupSnapshot[] {
    const tables = [...this.#tables.values()];
    return [...this.#groups.values()].map((group) =>
      snapshotGroup(group, tables.filter((table) => table.group === group), this.#servers)
    );
  }

  /** Services that nobody offers any more: for them alone "was offered before" is not remembered. */
  #forget(): void {
    for (const [service, table] of this.#tables) {
      if (!table.idle) continue;
      this.#tables.delete(service);
      reached("SERVICES_KNOWN_MAX");
    }
  }

  #groupFor(service: string): Group {
    // There always is a default group.
    return this.#groupOf.get(service) ?? this.#groups.get(DEFAULT_GROUP)!;
  }

  #missing(service: string): { code: Code; message: string } {
    const group = this.#groupOf.get(service);
    if (group !== undefined) {
      const servers = [...group.servers ?? []].map((name) =>
        `${name} is ${absenceOf(this.#servers.get(name), service)}`
      );
      return {
        code: "UNAVAILABLE",
        message: `no server offers "${service}" yet, which group "${group.name}" names` +
          (servers.length === 0 ? "" : ` (${servers.join(", ")})`),
      };
    }
    if (this.#incomplete) {
      return {
        code: "UNAVAILABLE",
        message:
          `no connected server offers "${service}", and not all peers are connected: it may ` +
          "be theirs; see `mesh status`",
      };
    }
    return {
      code: "NOT_FOUND",
      message: `no server offers a service "${service}"; check its name, and \`mesh status\``,
    };
  }
}

function leastLoaded(table: ServiceTable): boolean {
  return table.group.leastLoaded && table.group.mode === "normal";
}

function count(table: ServiceTable, candidate: Candidate, choice: Choice): void {
  switch (choice.why) {
    case "round-robin":
    case "every server is ejected":
      takeTurn(table, candidate);
      break;
    case "probe of an ejected server":
      table.group.probes++;
      takeTurn(table, candidate);
      break;
    case "spill: the key's server has too many calls":
      table.group.spilled++;
      break;
    case "failover: the key's server is not available":
      table.group.failedOver++;
      break;
  }
}
