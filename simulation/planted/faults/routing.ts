/**
 * Planted faults of the choice of a server.
 *
 * @module
 */
import type { PlantedFault } from "../fault.ts";

/** Faults of `routing/`. */
export const ROUTING_FAULTS: readonly PlantedFault[] = [
  {
    name: "the same server has its turn again",
    file: "routing/round_robin.ts",
    find: "candidate.turn++;",
    replace: "candidate.turn += table.active.indexOf(candidate) === 0 ? 0.5 : 1;",
  },
  {
    name: "the lowest score wins where a server has the first place",
    file: "routing/bounded_rendezvous.ts",
    find: "if (score > chosenScore && candidate.inFlight < limit) {",
    replace:
      "if ((choice.chosen === undefined || candidate.view.local) && candidate.inFlight < limit) {",
  },
  {
    name: "a key whose server is away is answered by another",
    file: "routing/decide.ts",
    find: 'if (candidate?.active) return choose(candidate, "key table");\n  return refuse(',
    replace: 'if (candidate?.active) return choose(candidate, "key table");\n' +
      '  if (table.active[0] !== undefined) return choose(table.active[0], "key table");\n' +
      "  return refuse(",
  },
  {
    name: "a call for one server that is away goes to another",
    file: "routing/decide.ts",
    find: 'return candidate.active ? choose(candidate, "pinned") : refuse(',
    replace: "const other = candidate.active ? candidate : table.active[0];\n" +
      '    return other !== undefined ? choose(other, "pinned") : refuse(',
  },
  {
    name: "a call that was cancelled is in flight for ever",
    file: "routing/candidate.ts",
    find: "this.inFlight--;\n    if (latencyMs",
    replace: 'if (outcome !== "CANCELLED") this.inFlight--;\n    if (latencyMs',
  },
  {
    name: "a hedge goes to the server that has the call",
    file: "proxy/switchboard/target_chooser.ts",
    find: "route.avoidHash = first.hash;",
    replace: "route.avoidHash = 0;",
  },
  {
    name: "a key's server that has a call is passed over",
    file: "routing/bounded_rendezvous.ts",
    find: "if (score > chosenScore && candidate.inFlight < limit) {",
    replace: "if (score > chosenScore && candidate.inFlight < Math.min(limit, 1)) {",
  },
  {
    name: "a budget never runs out",
    file: "routing/retry_budget.ts",
    find: "this.#tokens = Math.max(0, this.#tokens - 1);",
    replace: "",
  },
  {
    name: "a call counts twice at its server",
    file: "proxy/switchboard/target_chooser.ts",
    find: "router.started(server, call.service);",
    replace: "router.started(server, call.service);\n    router.started(server, call.service);",
  },
];
