/**
 * A scenario from a seed.
 *
 * @module
 */
import { PROXY_BOUNDS, type ProxyBounds } from "../proxy/proxy_bounds.ts";
import { Dice } from "./dice.ts";
import type { CallPlan, FaultKind, FaultPlan, Scenario, ServerPlan } from "./scenario.ts";
import { withTrouble } from "./trouble.ts";

/** Services, and how often they are called. */
const SERVICES = { plain: 5, narrow: 2, near: 1, loaded: 2, placed: 3, owned: 2 } as const;

const FAULTS: Readonly<Record<Exclude<FaultKind, "strangers knock">, number>> = {
  "worker dies": 4,
  "worker dies at a step": 6,
  "worker stops": 2,
  "worker is replaced": 2,
  "worker writes nonsense": 1,
  "worker repeats itself": 2,
  "server dies": 2,
  "server stops": 1,
  "server drains": 2,
  "link is cut": 3,
  "link ends half": 1,
  "link freezes": 2,
  "link is slow": 2,
  "clock jumps": 1,
  "groups change": 2,
};

/** So long after the last disturbance everything has recovered, in ms. */
const RECOVERY_MS = 15_000;
/** In the peace afterwards calls are made for so long, in ms. */
const PEACE_MS = 200;

/** Share of runs with deadly calls, and how many they have at most. */
const DEADLY_RUNS = 0.2;
const DEADLY_MAX = 4;

/** Numbers of onward calls begin here. */
export const ONWARD = 1_000_000;

/** Invents what happens in the run of a seed. */
export function invent(seed: number, calls = 200): Scenario {
  const dice = new Dice(seed, "scenario");
  const servers = inventServers(dice);
  const execs = servers.filter(({ exec }) => exec > 0).map(({ name }) => name);
  const owners: Record<string, string> = {};
  for (let key = 0; key < 6; key++) owners[`key-${key}`] = dice.pick(execs);
  // From a trickle to an overload.
  const spanMs = dice.size(200, 8_000);
  const callDice = dice.for("calls");
  const style = styleOf(callDice);
  const plans = Array.from({ length: calls }, (_, call) =>
    inventCall(callDice, style, {
      call,
      atMs: 1_000 + callDice.real() * spanMs,
      servers,
    }));
  const peaceMs = 1_000 + spanMs + RECOVERY_MS;
  const bounds = inventBounds(dice.for("bounds"));
  plans.push(...inventPeace(dice.for("peace"), { servers, bounds, fromMs: peaceMs, first: calls }));
  const faultDice = dice.for("faults");
  const faults = dice.chance(0.25) ? [] : Array.from(
    { length: faultDice.size(1, 12) },
    (): FaultPlan => ({
      atMs: faultDice.between(500, 1_000 + spanMs),
      kind: faultDice.weighted(FAULTS),
      server: faultDice.pick(servers).name,
      other: faultDice.pick(servers).name,
      which: faultDice.below(40),
      ms: faultDice.size(5, 6_000),
    }),
  );
  if (faults.length > 0) makeDeadly(dice.for("deadly"), plans, calls);
  const minMs = dice.between(0.02, 0.5);
  const scenario: Scenario = {
    seed,
    servers,
    calls: plans.sort((a, b) => a.atMs - b.atMs),
    faults: faults.sort((a, b) => a.atMs - b.atMs),
    network: {
      minMs,
      maxMs: minMs + dice.between(0.05, 3),
      pieceMaxBytes: dice.pick([20, 500, 1_500, 9_000, 65_536, 65_536]),
      windowBytes: dice.pick([16_384, 262_144, 4_194_304]),
    },
    secret: dice.chance(0.5) ? "a shared secret" : undefined,
    bounds,
    narrow: dice.pick([1, 2, 8]),
    owners,
    peaceMs,
    endMs: peaceMs + PEACE_MS,
  };
  return withTrouble(scenario, dice.for("trouble"), spanMs);
}

/** Those of a real server, or some that a few calls come to. */
function inventBounds(dice: Dice): ProxyBounds {
  if (dice.chance(0.6)) return PROXY_BOUNDS;
  return {
    ...PROXY_BOUNDS,
    slotQueueBytes: dice.pick([40_000, 300_000, 4_000_000]),
    linkQueueBytes: dice.pick([40_000, 300_000, 4_000_000]),
    queuedCalls: dice.pick([10, 30, 1_000]),
    calls: dice.pick([40, 80, 1_000]),
  };
}

/** More than a window of credit, in bytes; and the share of a queue that a message may take in peace. */
const BULK_BYTES = 300_000;
const BULK_SHARE = 1 / 4;
/** So many small items use up a window, since each costs a minimum. */
const SMALL_ITEMS = 100;
/** Requests that come at once, and the share of a queue that each of them may take. */
const WAITING = 10;
const WAITING_BYTES = 20_000;
const WAITING_SHARE = 1 / 32;

/**
 * Small calls of each process to each service, and a broadcast; of one process a call and streams that need more
 * credit than they begin with, and more calls at once than are worked on: none of them has a reason to fail.
 */
function inventPeace(
  dice: Dice,
  { servers, bounds, fromMs, first }: {
    readonly servers: readonly ServerPlan[];
    readonly bounds: ProxyBounds;
    readonly fromMs: number;
    /** The first call's number. */
    readonly first: number;
  },
): CallPlan[] {
  const style = {
    plain: true,
    bytesMax: 100,
    waitMax: 2,
    timeoutMin: 5_000,
    timeoutMax: 5_000,
    burns: false,
    keys: 6,
    hedges: false,
  };
  const services = Object.keys(SERVICES) as (keyof typeof SERVICES)[];
  const bulky = servers.find(({ web }) => web > 0)!;
  const bulk = { server: bulky.name, process: 0, service: "plain", timeoutMs: 5_000, atMs: fromMs };
  const bare = () => {
    const { key: _, ...plan } = inventCall(dice, style, { call: 0, atMs: 0, servers });
    return plan;
  };
  const small = servers.flatMap(({ name, web }) =>
    Array.from(
      { length: web },
      (_, process) =>
        [...services, "plain" as const].map((service, i) => {
          return {
            ...bare(),
            atMs: fromMs + dice.real() * PEACE_MS,
            manner: i < services.length ? "call" as const : "broadcast" as const,
            server: name,
            process,
            service,
            timeoutMs: 5_000,
            ...keyOf(dice, service, style.keys),
          };
        }),
    )
  ).flat();
  const narrowest = Math.min(bounds.slotQueueBytes, bounds.linkQueueBytes);
  const bytes = Math.min(BULK_BYTES, narrowest * BULK_SHARE);
  const items = 40;
  const large: CallPlan[] = [
    { ...bare(), ...bulk, inputBytes: bytes, replyBytes: bytes },
    { ...bare(), ...bulk, manner: "stream", handler: "items", items, replyBytes: bytes / items },
    { ...bare(), ...bulk, manner: "stream", handler: "items", items: SMALL_ITEMS, readMs: 0 },
  ];
  // Requests of several frames, of which some have to wait for a process.
  const many = Array.from({ length: WAITING }, (): CallPlan => ({
    ...{ ...bare(), ...bulk, service: "narrow", atMs: fromMs + PEACE_MS / 2 },
    inputBytes: Math.min(WAITING_BYTES, narrowest * WAITING_SHARE),
  }));
  return [...small, ...large, ...many].map((plan, i) => ({ ...plan, call: first + i }));
}

function keyOf(dice: Dice, service: string, keys: number): { key?: string } {
  if (service === "owned") return { key: `key-${dice.below(6)}` };
  return service === "placed" ? { key: `user-${dice.below(keys)}` } : {};
}

function inventServers(dice: Dice): ServerPlan[] {
  const execs = 1 + dice.below(4);
  const webs = 1 + dice.below(2);
  const names = [
    ...Array.from({ length: webs }, (_, i) => `web-${i + 1}`),
    ...Array.from({ length: execs }, (_, i) => `exec-${i + 1}`),
  ];
  const both = dice.chance(0.3);
  return names.map((name, index) => {
    const isWeb = index < webs;
    const others = names.filter((other) => other !== name);
    return {
      name,
      web: isWeb ? 1 + dice.below(2) : 0,
      exec: isWeb ? (both ? 1 : 0) : 1 + dice.below(3),
      spaceBytes: dice.pick([2_048, 4_096, 16_384, 65_536]),
      clockMs: dice.between(1e6, 2 ** 32 / 16),
      dials: others.filter((other) =>
        both || isWeb !== other.startsWith("web") || dice.chance(0.5)
      ),
    };
  });
}

/** In some runs a few of the first calls kill whoever works on them. */
function makeDeadly(dice: Dice, plans: CallPlan[], count: number): void {
  if (!dice.chance(DEADLY_RUNS)) return;
  for (let left = 1 + dice.below(DEADLY_MAX); left > 0; left--) {
    const index = dice.below(count);
    const plan = plans[index]!;
    if (plan.manner === "call" && plan.onward === undefined) {
      plans[index] = { ...plan, deadly: true };
    }
  }
}

/** What the calls of a run have in common. */
interface Style {
  readonly plain: boolean;
  readonly bytesMax: number;
  readonly waitMax: number;
  readonly timeoutMin: number;
  /** Of the calls that have a time of their own. */
  readonly timeoutMax: number;
  readonly burns: boolean;
  readonly keys: number;
  /** More hedges than anybody can pay for. */
  readonly hedges: boolean;
}

function styleOf(dice: Dice): Style {
  return {
    plain: dice.chance(0.15),
    bytesMax: dice.pick([100, 3_000, 100_000, 600_000]),
    waitMax: dice.pick([2, 30, 400]),
    ...dice.pick([
      { timeoutMin: 5, timeoutMax: 100 },
      { timeoutMin: 20, timeoutMax: 3_000 },
      { timeoutMin: 200, timeoutMax: 3_000 },
      { timeoutMin: 1_000, timeoutMax: 3_000 },
    ]),
    burns: dice.chance(0.4),
    keys: dice.pick([2, 6, 50]),
    hedges: dice.chance(0.07),
  };
}

function inventCall(
  dice: Dice,
  style: Style,
  { call, atMs, servers }: { call: number; atMs: number; servers: readonly ServerPlan[] },
): CallPlan {
  const web = dice.pick(servers.filter(({ web }) => web > 0));
  const service = style.plain ? "plain" : dice.weighted(SERVICES);
  const manner = style.plain
    ? "call"
    : style.hedges
    ? "page part"
    : dice.weighted({ call: 12, stream: 4, "page part": 2, broadcast: 1 });
  const handler = manner === "stream"
    ? "items"
    : manner === "call" && !style.plain && dice.chance(0.12)
    ? "pass"
    : style.hedges || dice.chance(0.4)
    ? "again"
    : "echo";
  const large = dice.chance(0.2);
  const size = () => large ? dice.size(1, style.bytesMax) : dice.size(1, 200);
  const items = handler === "items" && !dice.chance(0.1) ? dice.size(1, 40) : 0;
  const timeoutMs = dice.chance(0.3) ? dice.size(style.timeoutMin, style.timeoutMax) : 5_000;
  const plan: CallPlan = {
    call,
    atMs,
    manner,
    server: web.name,
    process: dice.below(8),
    service,
    handler,
    timeoutMs,
    inputBytes: size(),
    replyBytes: items > 0 ? Math.min(size(), 40_000) : size(),
    waitMs: style.plain || dice.chance(0.3) ? 0 : dice.size(1, style.waitMax),
    burnMs: style.burns && dice.chance(0.2) ? dice.size(1, 20) : 0,
    items,
    readMs: items > 0 && dice.chance(0.5) ? dice.size(1, 30) : 0,
    ...keyOf(dice, service, style.keys),
    ...(!style.plain && dice.chance(0.08) ? { cancelAfterMs: dice.size(1, 500) } : {}),
    ...(manner === "page part" && handler === "again" && dice.chance(0.6)
      ? { hedgeAfterMs: dice.size(1, style.hedges ? 4 : 50), slowAt: dice.pick(servers).name }
      : {}),
  };
  if (handler !== "pass") return plan;
  return {
    ...plan,
    onward: {
      ...plan,
      call: call + ONWARD,
      manner: "onward",
      handler: "echo",
      service: dice.pick(["plain", "narrow", "near"]),
    },
  };
}
