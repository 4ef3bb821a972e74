/**
 * The decision itself: which candidate of a service gets a call, by the mode of its group. It changes
 * nothing and counts nothing, so that `mesh why` asks exactly what a call asks.
 *
 * @module
 */
import type { Code } from "../errors.ts";
import { chooseForKey } from "./bounded_rendezvous.ts";
import type { Candidate } from "./candidate.ts";
import { keyOwner, ownerMissing, ownerName } from "./keyed.ts";
import { rendezvousScore, TextHash } from "./rendezvous.ts";
import type { ServiceTable } from "./service_table.ts";
import type { RouteRequest, Why } from "./types.ts";

/** A candidate and why, or a refusal. One object is reused. */
export interface Choice {
  candidate: Candidate | undefined;
  why: Why;
  code: Code;
  message: string;
  /** Of a refusal: whether the same call may fare better when it is made again. */
  again: boolean;
}

/** Picks among equivalent candidates; `undefined`: none takes calls. */
export type Balance = (
  table: ServiceTable,
  avoidHash: number,
  now: number,
) => Candidate | undefined;

const choice: Choice = {
  candidate: undefined,
  why: "round-robin",
  code: "UNAVAILABLE",
  message: "",
  again: false,
};
const keyHash = new TextHash();

/**
 * Decides.
 *
 * @param balance How the normal mode chooses; it sees only candidates that are equivalent.
 * @returns Valid until the next call.
 */
export function decide(
  table: ServiceTable,
  request: RouteRequest,
  now: number,
  balance: Balance,
): Choice {
  if (request.pinnedHash !== 0) {
    return table.group.asksModule(request.key, request.keyExplicit)
      ? named(table, request.pinnedHash)
      : pinned(table, request.pinnedHash);
  }
  if (table.group.mode === "keyed") return keyed(table, request);
  if (table.active.length === 0) return refuse("UNAVAILABLE", nobody(table));
  // A call that already failed once is not risked on a server of which we know little.
  const retry = request.avoidHash !== 0;
  if (table.group.mode === "routed" && request.key !== undefined) {
    keyHash.set(request.key);
    return routed(table, request.avoidHash, now) ?? (retry ? routed(table, 0, now) : undefined) ??
      ejectedOwner(table);
  }
  return normal(table, request.avoidHash, now, balance) ??
    (retry ? normal(table, 0, now, balance) : undefined) ?? ejectedByTurn(table);
}

/** Why no server takes calls of a service that was seen. */
export function nobody(table: ServiceTable): string {
  const states = table.known.map(({ name, state }) => `${name} is ${state}`);
  const why = states.length === 0 ? table.outsiders() : states;
  return `no server answers for "${table.service}" now` +
    (why.length === 0
      ? "; it was offered before, by servers that have gone"
      : ` (${why.join(", ")})`);
}

function pinned(table: ServiceTable, hash: number): Choice {
  for (const candidate of table.known) {
    if (candidate.view.hash !== hash) continue;
    return candidate.active ? choose(candidate, "pinned") : refuse(
      "UNAVAILABLE",
      `server ${candidate.name} was asked for and is ${candidate.state}; nobody else may answer`,
    );
  }
  const name = table.nameOf(hash);
  const state = name === undefined ? "is not connected any more" : `is ${table.absence(name)}`;
  return refuse(
    "UNAVAILABLE",
    `server ${name ?? "that"} was asked for and ${state}; nobody else may answer`,
  );
}

function keyed(table: ServiceTable, request: RouteRequest): Choice {
  const { group } = table;
  const owner = keyOwner(group, request.keyExplicit ? request.key : undefined);
  if (owner.server === undefined) {
    // A process that has just been told of a key module asks it before the next attempt.
    return refuse(owner.code, owner.message, owner.code === "UNAVAILABLE");
  }
  const candidate = table.get(owner.server);
  if (candidate?.active) return choose(candidate, "key table");
  return refuse("UNAVAILABLE", ownerMissing(table, owner.server));
}

/** The server that the group's key module named, in the process that calls. */
function named(table: ServiceTable, hash: number): Choice {
  for (const candidate of table.active) {
    if (candidate.view.hash === hash) return choose(candidate, "key table");
  }
  return refuse("UNAVAILABLE", ownerMissing(table, ownerName(table, hash)));
}

function routed(table: ServiceTable, avoidHash: number, now: number): Choice | undefined {
  const { chosen, owner, spilled } = chooseForKey(table, keyHash, avoidHash, now);
  if (chosen === undefined) return undefined;
  if (table.ejected > 0 && chosen.outlier.probeDue(now)) {
    return choose(chosen, "probe of an ejected server");
  }
  if (spilled) return choose(chosen, "spill: the key's server has too many calls");
  return choose(
    chosen,
    chosen === owner ? "key's server" : "failover: the key's server is not available",
  );
}

function normal(
  table: ServiceTable,
  avoidHash: number,
  now: number,
  balance: Balance,
): Choice | undefined {
  if (table.group.preferLocal) {
    for (const candidate of table.active) {
      if (
        candidate.view.local && candidate.view.hash !== avoidHash &&
        !candidate.outlier.excluded(now)
      ) return choose(candidate, "local preferred");
    }
  }
  if (table.ejected > 0 && avoidHash === 0) {
    for (const candidate of table.active) {
      if (candidate.outlier.probeDue(now)) return choose(candidate, "probe of an ejected server");
    }
  }
  const candidate = balance(table, avoidHash, now);
  return candidate &&
    choose(
      candidate,
      table.group.leastLoaded && table.group.mode === "normal" ? "least-loaded" : "round-robin",
    );
}

function ejectedByTurn(table: ServiceTable): Choice {
  const candidate = table.active.reduce((a, b) => b.turn < a.turn ? b : a);
  return choose(candidate, "every server is ejected");
}

/** The load bound is left out here: there is nobody to spill to. */
function ejectedOwner(table: ServiceTable): Choice {
  const candidate = table.active.reduce((a, b) =>
    rendezvousScore(keyHash, b.textHash) > rendezvousScore(keyHash, a.textHash) ? b : a
  );
  return choose(candidate, "every server is ejected");
}

function choose(candidate: Candidate, why: Why): Choice {
  choice.candidate = candidate;
  choice.why = why;
  return choice;
}

function refuse(code: Code, message: string, again = false): Choice {
  choice.candidate = undefined;
  choice.again = again;
  choice.code = code;
  choice.message = message;
  return choice;
}
