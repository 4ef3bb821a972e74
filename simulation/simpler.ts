/**
 * Ways in which a scenario becomes simpler.
 *
 * @module
 */
import type { CallPlan, Scenario } from "./scenario.ts";

/** One change of a call; what it gives replaces fields. */
export const simplerCalls: readonly ((call: CallPlan) => Partial<CallPlan>)[] = [
  () => ({ inputBytes: 1, replyBytes: 1 }),
  () => ({ waitMs: 0 }),
  () => ({ burnMs: 0 }),
  () => ({ readMs: 0 }),
  ({ items }) => ({ items: Math.min(items, 1) }),
  () => ({ process: 0 }),
  ({ pause }) => pause === undefined ? {} : { pause: { ...pause, ms: 0 } },
  ({ atMs }) => ({ atMs: Math.round(atMs) }),
  () => ({ timeoutMs: 5_000 }),
  ({ inputBytes, replyBytes }) => ({
    inputBytes: Math.ceil(inputBytes / 2),
    replyBytes: Math.ceil(replyBytes / 2),
  }),
  ({ waitMs }) => ({ waitMs: Math.floor(waitMs / 2) }),
];

/** Changes of what is not a call: each gives the simplest first, and none when there is nothing to do. */
export const simplerScenarios: readonly ((scenario: Scenario) => Scenario[])[] = [
  (scenario) => scenario.secret === undefined ? [] : [{ ...scenario, secret: undefined }],
  (scenario) => [1, 2].map((workers) => workersOf(scenario, workers)).filter(notAs(scenario)),
  (scenario) =>
    [65_536].map((spaceBytes) => ({
      ...scenario,
      servers: scenario.servers.map((server) => ({ ...server, spaceBytes })),
    })).filter(notAs(scenario)),
  (scenario) => {
    const servers = scenario.servers.map((server) => ({ ...server, clockMs: 1_000_000 }));
    return [{ ...scenario, servers }].filter(notAs(scenario));
  },
  (scenario) => {
    const servers = scenario.servers.map((
      {
        lies: _lies,
        fromMs: _from,
        untilMs: _until,
        vanishes: _how,
        returnsMs: _returns,
        ...plain
      },
    ) => plain);
    return [{ ...scenario, servers }].filter(notAs(scenario));
  },
  (scenario) => {
    const { minMs } = scenario.network;
    const network = { minMs, maxMs: minMs, pieceMaxBytes: 65_536, windowBytes: 4_194_304 };
    return [{ ...scenario, network }].filter(notAs(scenario));
  },
  (scenario) => {
    const faults = scenario.faults.map((fault) => ({ ...fault, which: 0 }));
    return [{ ...scenario, faults }].filter(notAs(scenario));
  },
  (scenario) => {
    const faults = scenario.faults.map((fault) => ({ ...fault, ms: Math.ceil(fault.ms / 2) }));
    return [{ ...scenario, faults }].filter(notAs(scenario));
  },
];

/** The scenario without a server that nobody needs; `undefined`: a call or a disturbance is made there. */
export function withoutServer(scenario: Scenario, name: string): Scenario | undefined {
  const { servers, calls, faults, owners } = scenario;
  const rest = servers.filter((server) => server.name !== name);
  if (rest.length === 0 || rest.every(({ exec }) => exec === 0)) return undefined;
  if (calls.some(({ server }) => server === name)) return undefined;
  if (faults.some(({ server }) => server === name)) return undefined;
  const left = rest.find(({ exec }) => exec > 0)!.name;
  const instead = (server: string) => server === name ? left : server;
  return {
    ...scenario,
    servers: rest.map((server) => ({ ...server, dials: server.dials.filter((to) => to !== name) })),
    faults: faults.map((fault) => ({ ...fault, other: instead(fault.other) })),
    owners: Object.fromEntries(
      Object.entries(owners).map(([key, owner]) => [key, instead(owner)]),
    ),
  };
}

function workersOf(scenario: Scenario, most: number): Scenario {
  const servers = scenario.servers.map((server) => ({
    ...server,
    web: Math.min(server.web, most),
    exec: Math.min(server.exec, most),
  }));
  return { ...scenario, servers };
}

function notAs(scenario: Scenario): (other: Scenario) => boolean {
  const text = JSON.stringify(scenario);
  return (other) => JSON.stringify(other) !== text;
}
