/**
 * One run: a scenario, played through, and judged.
 *
 * @module
 */
import { withoutReality } from "./reality.ts";
import { PROXY_BOUNDS, type ProxyBounds } from "../proxy/proxy_bounds.ts";
import { Auditor } from "./auditor/auditor.ts";
import type { Observation } from "./auditor/observation.ts";
import { Dice } from "./dice.ts";
import { EventLog } from "./event_log.ts";
import { watchLevels } from "./levels.ts";
import { Liar } from "./liar.ts";
import { SimNetwork, type Wire } from "./network.ts";
import { Crashes, textOf } from "./crashes.ts";
import { play } from "./play.ts";
import type { Scenario, ServerPlan } from "./scenario.ts";
import { SimServer } from "./server.ts";
import type { Surroundings } from "./surroundings.ts";
import { servicesOf } from "./services.ts";
import { Strangers } from "./strangers.ts";
import { World } from "./world.ts";

/** Connections with so large a window are never full for long, in bytes. */
const SWIFT_BYTES = 262_144;

/** What came of a run. */
export interface Outcome {
  readonly scenario: Scenario;
  /** What was wrong with mesh, in words. */
  readonly faults: readonly string[];
  /** What fell in the simulation itself; then the rest says little. */
  readonly own: readonly string[];
  readonly log: EventLog;
  /** What came to its bound. */
  readonly reached: readonly string[];
  /** Events that happened. */
  readonly events: number;
}

/** So many events are thought to have no end: usual are ten thousand. */
const EVENTS_MAX = 3_000_000;
/** After the last call everything has so long to come to rest, in ms. */
const REST_MS = 9_000;

/** Plays a scenario. */
export async function run(scenario: Scenario): Promise<Outcome> {
  const world = new World();
  const dice = new Dice(scenario.seed, "run");
  const log = new EventLog();
  const { network: settings } = scenario;
  const gone = new Set(scenario.servers.filter(isGone).map(({ name }) => name));
  const auditor = new Auditor({
    distanceMs: settings.maxMs + 1,
    secret: scenario.secret !== undefined,
    nonsense: scenario.faults.some(({ kind }) => kind === "worker writes nonsense"),
    roomy: isRoomy(scenario.bounds),
    swift: settings.windowBytes >= SWIFT_BYTES,
    atOnce: new Map([["narrow", scenario.narrow]]),
    bounds: scenario.bounds,
    peace: {
      fromMs: scenario.peaceMs,
      roomy: isRoomy(scenario.bounds),
      answering: scenario.servers.filter((plan) => plan.exec > 0 && isTrue(plan) && !isGone(plan))
        .map(({ name }) => name),
      before: scenario.calls.filter(({ atMs }) => atMs < scenario.peaceMs).length,
      after: scenario.calls.filter(({ atMs, server }) =>
        atMs >= scenario.peaceMs && !gone.has(server)
      ).length,
    },
  });
  const see = (observation: Observation) => {
    // What passes through slots is in the log by what comes of it.
    if (observation.type !== "frames" && observation.type !== "level") log.add(observation);
    auditor.see(observation);
  };
  const network = new SimNetwork(dice.for("network"), { ...settings, dice: dice.for("pipes") });
  network.onBytes = (from, to, wire, bytes) => {
    if (strange) strangers.hear(wire, from, bytes);
    see({
      type: "bytes",
      ms: world.nowMs,
      wire: wire.index,
      from: from.name,
      to: to.name,
      bytes,
    });
  };
  network.onWire = (wire) => letLie(wire, scenario, dice);
  network.onEnds = (process, wire, what) =>
    see({
      type: "wire",
      ms: world.nowMs,
      wire: wire.index,
      process: process.name,
      what,
    });
  const plans = new Map(
    scenario.calls.flatMap((plan) => plan.onward === undefined ? [plan] : [plan, plan.onward])
      .map((plan) => [plan.call, plan]),
  );
  const around: Surroundings = {
    world,
    network,
    dice: dice.for("servers"),
    scenario,
    see,
    services: servicesOf,
    ownerOf: (key) => scenario.owners[key],
    planOf: (call) => plans.get(call),
  };
  const strange = scenario.faults.some(({ kind }) => kind === "strangers knock");
  const strangers = new Strangers(around);
  const crashes = new Crashes();
  {
    using _ = withoutReality((fault) => crashes.add(fault));
    using _crashes = crashes;
    try {
      const servers = scenario.servers.map((plan) => new SimServer(plan, around));
      play(scenario, around, servers, strangers);
      watchLevels(servers, world, see);
      await world.run(scenario.endMs + REST_MS, EVENTS_MAX);
      const honest = scenario.servers.every(isTrue);
      for (const server of servers) lookAt(server, see, honest);
    } catch (error) {
      crashes.add(`an event threw: ${textOf(error)}`);
    }
  }
  let judged: string[] = [];
  try {
    judged = auditor.faults();
  } catch (error) {
    crashes.add(`the auditor fell: ${textOf(error)}`);
  }
  const faults = [...crashes.faults, ...judged];
  const { reached } = auditor;
  return { scenario, faults, own: crashes.own, log, events: world.events, reached };
}

/** Whether a server lies no more in the end. */
function isTrue({ lies }: ServerPlan): boolean {
  return lies === undefined || lies.untilMs !== undefined;
}

/** Whether a server is not there any more in the end. */
function isGone({ untilMs, returnsMs }: ServerPlan): boolean {
  return untilMs !== undefined && returnsMs === undefined;
}

/** Who lies does so in what he sends on a connection. */
function letLie(wire: Wire, { servers }: Scenario, dice: Dice): void {
  for (const pipe of wire.pipes) {
    const { name, world } = pipe.writer;
    const lies = servers.find((plan) => name.startsWith(`${plan.name}/`))?.lies;
    if (lies === undefined || world.nowMs >= (lies.untilMs ?? Infinity)) continue;
    const liar = new Liar(dice.for(`lies ${wire.index} ${name}`), lies, () => world.nowMs);
    pipe.distort = (bytes) => liar.tell(bytes);
  }
}

/** Whether nothing comes to a real server's bounds here. */
function isRoomy(bounds: ProxyBounds): boolean {
  const names = Object.keys(PROXY_BOUNDS) as (keyof ProxyBounds)[];
  return names.every((name) => bounds[name] >= PROXY_BOUNDS[name]);
}

/** What is left at the end. */
function lookAt(
  server: SimServer,
  see: (observation: Observation) => void,
  honest: boolean,
): void {
  const { proxy, process, workers } = server;
  for (const { name, stalls: of } of server.machine.everybody) {
    for (const [fromMs, toMs] of of) see({ type: "stalled", process: name, fromMs, toMs });
  }
  if (process.dead) return;
  const left = (where: string, what: string, count: number) =>
    see({ type: "left", where, what, count });
  left(process.name, "calls", proxy.openCalls);
  // With a liar there is always the next try.
  if (honest) left(process.name, "connections in their handshake", proxy.links.handshakes);
  for (const group of proxy.router.snapshot()) {
    for (const { name, inFlight } of group.servers) {
      left(process.name, `calls in flight to ${name} in group ${group.name}`, inFlight);
    }
  }
  for (const { service, inFlight, waiting } of proxy.dispatcher.snapshot()) {
    left(process.name, `calls of ${service} in flight`, inFlight);
    left(process.name, `calls of ${service} that wait`, waiting);
  }
  for (const worker of workers) {
    const { attachment, executor, slot } = worker;
    if (attachment === undefined || worker.process.dead) continue;
    left(worker.process.name, "calls that it makes", attachment.streams.size);
    left(worker.process.name, "questions to its proxy", attachment.questions.open);
    left(worker.process.name, "calls that it answers", executor?.openCalls ?? 0);
    left(worker.process.name, "bytes that it did not send", attachment.channel.queue.queuedBytes);
    const port = slot?.port;
    if (port === undefined) continue;
    left(worker.process.name, "calls begun, as its proxy has it", port.begunCalls);
    left(worker.process.name, "bytes that wait for it", port.queue.queuedBytes);
    left(worker.process.name, "unread bytes", port.end.unread().length);
    left(worker.process.name, "frames refused as of another generation", port.end.droppedFrames);
  }
}
