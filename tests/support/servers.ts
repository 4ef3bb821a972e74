/**
 * Servers, groups and requests for tests of routing.
 *
 * @module
 */
import { LOAD_BOUND_DEFAULT } from "../../limits.ts";
import { serverHash } from "../../routing/hash.ts";
import { Router, type RouterOptions } from "../../routing/router.ts";
import type {
  GroupConfig,
  KeyedGroup,
  NormalGroup,
  RoutedGroup,
  RouteRequest,
  ServerView,
} from "../../routing/types.ts";

/** A server that is connected and offers `services`. */
export function server(
  name: string,
  services: string[] = ["quotes"],
  facts: Partial<ServerView> = {},
): ServerView {
  return {
    name,
    hash: serverHash(name),
    local: false,
    connected: true,
    draining: false,
    services: new Map(services.map((service) => [service, {}])),
    ...facts,
  };
}

/** `count` servers named exec-1, exec-2, … */
export function servers(count: number, services?: string[]): ServerView[] {
  return Array.from({ length: count }, (_, i) => server(`exec-${i + 1}`, services));
}

/** A request with the defaults filled in. */
export function request(facts: Partial<RouteRequest> = {}): RouteRequest {
  return {
    service: "quotes",
    key: undefined,
    keyExplicit: true,
    avoidHash: 0,
    pinnedHash: 0,
    ...facts,
  };
}

/** The group of "quotes", of the given mode. */
export function group(
  facts:
    | Partial<NormalGroup>
    | Partial<RoutedGroup> & { mode: "routed" }
    | Partial<KeyedGroup> & { mode: "keyed" } = {},
): GroupConfig {
  const base = { name: "main", services: ["quotes"] };
  switch (facts.mode) {
    case "routed":
      return { ...base, loadBound: LOAD_BOUND_DEFAULT, ...facts };
    case "keyed":
      return { ...base, keys: {}, ...facts };
    default:
      return { ...base, mode: "normal", prefer: "any", balance: "round-robin", ...facts };
  }
}

/** A router with a clock that the test moves. */
export function routerAt(
  groups: GroupConfig[],
  views: ServerView[],
  options: Partial<RouterOptions> = {},
): { router: Router; clock: { ms: number } } {
  const clock = { ms: 1_000_000 };
  const router = new Router({
    self: "web-1",
    groups,
    now: () => clock.ms,
    random: Math.random,
    ...options,
  });
  router.update(views);
  return { router, clock };
}

/** A small seeded generator (mulberry32), so that a statistical test repeats. */
export function seededRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Picks, starts and ends one call well; returns the server's name or the code. */
export function callOnce(router: Router, facts: Partial<RouteRequest> = {}, latencyMs = 1): string {
  const wanted = request(facts);
  const decision = router.pick(wanted);
  if (decision.server === undefined) return decision.code;
  const { server } = decision;
  router.started(server, wanted.service);
  router.ended(server, wanted.service, "ok", latencyMs);
  return server.name;
}

/** Counts equal values. */
export function tally(values: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
