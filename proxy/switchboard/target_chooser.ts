/**
 * Where a new request goes: the question to the router, and what stands in the way of its answer.
 *
 * @module
 */
import type { Code } from "../../errors.ts";
import type { Router } from "../../routing/router.ts";
import type { RouteRequest } from "../../routing/types.ts";
import { HeadFlag, type RequestHeadReader } from "../../wire/request_head.ts";
import type { DecisionLog } from "./decision_log.ts";
import type { Port } from "./port.ts";
import type { ProxyCall } from "./call.ts";

/** Why a request goes nowhere. */
export interface Refusal {
  readonly code: Code;
  readonly message: string;
  /** Another attempt may fare better. */
  readonly retryable: boolean;
}

/** What the chooser needs of the rest of the proxy. */
export interface TargetChooserOptions {
  /** Picks servers. */
  readonly router: Pick<Router, "pick" | "started">;
  /** The port of the link to a server; `undefined` when there is none. */
  linkPort(server: string): Port | undefined;
  /**
   * Whether a handler may be repeated, as a server declares it.
   *
   * @param server The server that was picked; empty: this one.
   */
  isIdempotent(server: string, target: string): boolean;
  /** Remembers what was decided. */
  readonly decisions: Pick<DecisionLog, "add">;
}

/** Finds the port for a new request: that of a link, none for this server itself, or a refusal. */
export class TargetChooser {
  readonly #options: TargetChooserOptions;
  readonly #route: RouteRequest = {
    service: "",
    key: undefined,
    keyExplicit: false,
    avoidHash: 0,
    pinnedHash: 0,
  };

  /** @param options See {@linkcode TargetChooserOptions}. */
  constructor(options: TargetChooserOptions) {
    this.#options = options;
  }

  /**
   * Chooses the server for a request of one of this server's own processes.
   *
   * @param call The call; its server and its place in the log of decisions are set.
   * @param head The request's head.
   * @param nowMs The time, in ms.
   * @returns The link to that server; `null`: this server itself; or why there is none.
   */
  choose(call: ProxyCall, head: RequestHeadReader, nowMs: number): Port | null | Refusal {
    const { router, decisions } = this.#options;
    const route = this.#route;
    const hedge = head.hedgedStream >= 0;
    route.service = head.service;
    route.key = head.key;
    route.keyExplicit = (head.flags & HeadFlag.KEY_EXPLICIT) !== 0;
    route.pinnedHash = head.pinnedHash;
    route.avoidHash = head.avoidHash;
    // A hedge names the call that it hedges, since only the proxy knows that one's server.
    if (hedge) {
      const first = call.origin!.begun(head.hedgedStream)?.server;
      // Its answer is under way to the caller: a second one would be wasted, and might come from the same server.
      if (!first) return refusal("UNAVAILABLE", "the call that it hedges has ended", false);
      route.avoidHash = first.hash;
    }
    const decision = router.pick(route);
    const { server } = decision;
    if (server === undefined) {
      return refusal(decision.code, decision.message, decision.again === true);
    }
    if (hedge && !call.idempotent && !this.#options.isIdempotent(server.name, call.name)) {
      return refusal("INVALID_ARGUMENT", "only idempotent calls are hedged", false);
    }
    if (hedge && server.hash === route.avoidHash) {
      return refusal("UNAVAILABLE", "no other server can answer the hedge", false);
    }
    call.server = server;
    call.serverName = server.name;
    let port: Port | null = null;
    if (!server.local) {
      port = this.#options.linkPort(server.name) ?? null;
      if (port === null) return refusal("UNAVAILABLE", "its link has just gone", true);
      if (port.full) {
        port.refuseFrame();
        return refusal("RESOURCE_EXHAUSTED", `${port.label} is full`, true);
      }
    }
    call.decision = decisions.add(head, server.name, decision.why, nowMs);
    router.started(server, call.service);
    return port;
  }
}

/** Whether an answer of {@linkcode TargetChooser.choose} is a refusal. */
export function isRefusal(choice: Port | null | Refusal): choice is Refusal {
  return choice !== null && "code" in choice;
}

function refusal(code: Code, message: string, retryable: boolean): Refusal {
  return { code, message, retryable };
}
