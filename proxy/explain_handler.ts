/**
 * `mesh why service.handler`: what the servers of the service know of the handler.
 *
 * @module
 */
import { HANDLERS_LISTED_MAX } from "../limits.ts";
import type { Explanation } from "../routing/types.ts";
import type { Member } from "./membership.ts";

/**
 * Adds to an explanation of a service what is so of one of its handlers.
 *
 * @param explanation How a call of the service would be decided. Routing knows no handlers: a call of one that
 *   its server lacks goes there all the same, and ends in `NOT_FOUND`.
 * @param handler The handler's name.
 * @param members All servers that are known.
 */
export function explainHandler(
  explanation: Explanation,
  handler: string,
  members: readonly Member[],
): Explanation {
  const { service, picked, reason } = explanation;
  const offers = new Map(members.flatMap(({ name, services }) => {
    const offer = services.get(service);
    return offer === undefined ? [] : [[name, offer.handlers.map(({ name }) => name)] as const];
  }));
  if (offers.size === 0) return { ...explanation, handler };
  const handlers = [...new Set([...offers.values()].flat())].sort();
  const lacks = (server: string) => offers.get(server)?.includes(handler) === false;
  const none = `has no handler "${handler}"`;
  const told: Explanation = {
    ...explanation,
    handler,
    handlers,
    candidates: explanation.candidates.map((candidate) =>
      lacks(candidate.server)
        ? { ...candidate, note: [none, candidate.note].filter((note) => note !== "").join("; ") }
        : candidate
    ),
  };
  if (!handlers.includes(handler)) {
    const code = "NOT_FOUND";
    return {
      ...told,
      picked: undefined,
      code,
      reason: `service "${service}" ${none}; ${listed(handlers)}`,
    };
  }
  if (picked === undefined || !lacks(picked)) return told;
  return { ...told, reason: `${reason}; it ${none}, so the call ends in NOT_FOUND` };
}

function listed(handlers: readonly string[]): string {
  const more = handlers.length - HANDLERS_LISTED_MAX;
  const names = handlers.slice(0, HANDLERS_LISTED_MAX).join(", ") +
    (more > 0 ? ` and ${more} more` : "");
  return handlers.length === 1 ? `it has ${names} alone` : `it has ${names}`;
}
