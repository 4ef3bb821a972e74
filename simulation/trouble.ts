/**
 * Trouble of a special kind, for a share of all scenarios: servers that lie, strangers, servers that come late or
 * leave, readers that stop reading, and more calls than anybody can take.
 *
 * @module
 */
import type { Dice } from "./dice.ts";
import type { CallPlan, FaultPlan, Lie, Scenario, ServerPlan } from "./scenario.ts";

/** The kinds, and their share of all scenarios, in percent. */
const KINDS = { none: 70, lies: 7, strangers: 6, comings: 6, readers: 5, overload: 6 } as const;

/** What makes a scenario worse; the servers' names stay. */
const WORSE: Readonly<
  Record<keyof typeof KINDS, (scenario: Scenario, dice: Dice, spanMs: number) => Partial<Scenario>>
> = {
  none: () => ({}),
  lies: someLie,
  strangers: strangersKnock,
  comings: someComeAndGo,
  readers: readersStop,
  overload: tooMuch,
};

/**
 * Gives a scenario its trouble, if it is to have any.
 *
 * @param scenario As it was invented.
 * @param dice Chance, for this alone.
 * @param spanMs From a second on, something happens for so long, in ms.
 */
export function withTrouble(scenario: Scenario, dice: Dice, spanMs: number): Scenario {
  const kind = dice.weighted(KINDS);
  return { ...scenario, ...WORSE[kind](scenario, dice, spanMs) };
}

const WAYS: readonly (readonly Lie[])[] = [
  ...(["flips", "omits", "repeats", "misdirects", "invents"] as const).map((way) => [way]),
  ["flips", "omits", "repeats", "misdirects", "invents"],
];
/** Who lies once a second and a half is found out before the end of a run. */
const SILENCE_MS = 2_500;
/** So long may a stream of a liar be silent, in ms. */
const IDLE_MS = 4_000;

/** A message of two frames, in bytes. */
const LARGE_BYTES = 80_000;

/** One server lies, for a time or to the end. */
function someLie(scenario: Scenario, dice: Dice, spanMs: number): Partial<Scenario> {
  const { servers, calls, bounds } = scenario;
  const liar = dice.pick(servers);
  const fromMs = dice.between(300, 1_000 + spanMs);
  const large = dice.pick([0, 0.3]);
  const lies = {
    fromMs,
    ...(dice.chance(0.3) ? { untilMs: dice.between(fromMs, 1_000 + spanMs) } : {}),
    every: dice.pick([2, 10, 50, 200]),
    ways: dice.pick(WAYS),
  };
  return {
    servers: servers.map((plan) => plan === liar ? { ...plan, lies } : plan),
    calls: calls.map((plan) => ({
      ...plan,
      ...(plan.manner === "stream" ? { idleMs: IDLE_MS } : {}),
      // Of several frames some may go astray.
      ...(plan.atMs < scenario.peaceMs && dice.chance(large) ? { inputBytes: LARGE_BYTES } : {}),
    })),
    bounds: { ...bounds, silenceMs: SILENCE_MS },
  };
}

/** Somebody who is no server connects to the port of links, often and many at a time. */
function strangersKnock(scenario: Scenario, dice: Dice, spanMs: number): Partial<Scenario> {
  const [least, most] = dice.chance(0.5) ? [1, 4] : [10, 90];
  const knocks = Array.from({ length: dice.size(1, 12) }, (): FaultPlan => ({
    atMs: dice.between(50, 1_000 + spanMs),
    kind: "strangers knock",
    server: dice.pick(scenario.servers).name,
    other: dice.pick(scenario.servers).name,
    which: dice.below(40),
    ms: dice.size(least, most),
  }));
  const faults = dice.chance(0.5) ? [] : scenario.faults;
  return { faults: [...faults, ...knocks].sort((a, b) => a.atMs - b.atMs) };
}

/** Servers come late, leave for good, or leave and return as others. */
function someComeAndGo(scenario: Scenario, dice: Dice, spanMs: number): Partial<Scenario> {
  const { servers } = scenario;
  const stays = (kind: "web" | "exec") => servers.find((plan) => plan[kind] > 0)!.name;
  const staying = new Set([stays("web"), stays("exec")]);
  const moment = (fromMs: number) => dice.between(fromMs, 1_000 + spanMs);
  const other = (plan: ServerPlan): ServerPlan => {
    if (staying.has(plan.name) || dice.chance(0.3)) return plan;
    const fromMs = dice.chance(0.4) ? moment(500) : 0;
    const untilMs = moment(Math.max(fromMs, 600));
    const returns = dice.chance(0.5);
    return {
      ...plan,
      ...(fromMs > 0 ? { fromMs } : {}),
      ...(fromMs > 0 && dice.chance(0.5) ? {} : {
        untilMs,
        vanishes: dice.chance(0.5),
        ...(returns ? { returnsMs: untilMs + dice.size(10, 5_000) } : {}),
      }),
    };
  };
  return {
    servers: servers.map(other),
    faults: dice.chance(0.5) ? [] : scenario.faults,
  };
}

/** Those who read streams are slow, or stop for seconds, with more under way than credit allows. */
function readersStop(scenario: Scenario, dice: Dice, _spanMs: number): Partial<Scenario> {
  const slow = (plan: CallPlan): CallPlan => {
    if (plan.manner !== "stream" || plan.atMs >= scenario.peaceMs) return plan;
    const items = dice.size(1, 40);
    return {
      ...plan,
      items,
      replyBytes: dice.pick([10, 10, 4_000, 39_000]),
      readMs: dice.chance(0.5) ? 0 : dice.size(1, Math.floor(4_000 / items)),
      pause: { afterItems: dice.below(items), ms: dice.size(100, 6_000) },
      ...(dice.chance(0.7) ? {} : { cancelAfterMs: dice.size(500, 6_000) }),
    };
  };
  const streams = (plan: CallPlan): CallPlan =>
    plan.manner === "call" && plan.handler !== "pass" && plan.deadly === undefined &&
      plan.atMs < scenario.peaceMs && dice.chance(0.15)
      ? { ...plan, manner: "stream", handler: "items" }
      : plan;
  return {
    calls: scenario.calls.map(streams).map(slow),
    faults: dice.chance(0.7) ? [] : scenario.faults,
  };
}

/** What may wait for a slot or a link where there is too much. */
const QUEUE_BYTES = 40_000;

/** Everything at once, and little room for it. */
function tooMuch(scenario: Scenario, dice: Dice, _spanMs: number): Partial<Scenario> {
  const large = dice.chance(0.5);
  const withinMs = dice.size(5, 100);
  const worse = (plan: CallPlan): CallPlan => {
    // In peace there is room: for messages that take a part of it each, as many as come at once then.
    const share = Math.ceil(QUEUE_BYTES / 32 / Math.max(plan.items, 1));
    const least = (bytes: number) => Math.min(bytes, share);
    if (plan.atMs >= scenario.peaceMs) {
      return { ...plan, inputBytes: least(plan.inputBytes), replyBytes: least(plan.replyBytes) };
    }
    const atMs = 1_000 + dice.real() * withinMs;
    const service = dice.chance(large ? 0.2 : 0.7) && plan.key === undefined
      ? "narrow"
      : plan.service;
    return {
      ...plan,
      atMs,
      service,
      process: 0,
      ...(large && plan.items === 0
        ? { inputBytes: 20_000, replyBytes: dice.size(1, 60_000) }
        : {}),
      waitMs: dice.size(1, 200),
      burnMs: dice.chance(0.05) ? 20 : 0,
    };
  };
  return {
    calls: scenario.calls.map(worse).sort((a, b) => a.atMs - b.atMs),
    faults: dice.chance(0.7) ? [] : scenario.faults,
    narrow: 1,
    network: large ? { ...scenario.network, windowBytes: 16_384 } : scenario.network,
    bounds: {
      ...scenario.bounds,
      slotQueueBytes: QUEUE_BYTES,
      linkQueueBytes: QUEUE_BYTES,
      queuedCalls: dice.pick([12, 20]),
      calls: dice.pick([30, 60, 1_000]),
    },
  };
}
