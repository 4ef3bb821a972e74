/**
 * The handlers of simulated exec processes: they do what the input says, and tell what they see.
 *
 * @module
 */
import type { Context } from "../client/types.ts";
import { readServiceModule, type Service } from "../executor/service_module.ts";
import type { Made, Observation } from "./auditor/observation.ts";
import { isPattern, patternOf } from "./payloads.ts";
import type { SimProcess } from "./process.ts";
import type { CallPlan } from "./scenario.ts";

/** The services, and how many calls one process works on at once. */
export const SERVICES = ["plain", "narrow", "near", "loaded", "placed", "owned"] as const;

/** How much longer a handler takes where it is slow, in ms. */
const SLOW_MS = 400;

/** What handlers need. */
export interface HandlerHost {
  readonly process: SimProcess;
  readonly server: string;
  readonly narrow: number;
  see(observation: Observation): void;
  /** What is planned for a call; `undefined`: nobody planned it. */
  planOf(call: number): CallPlan | undefined;
  /** The process dies, in the middle of what it does. */
  die(): void;
  /** How an onward call is observed. */
  onward(plan: CallPlan, context: Context): Promise<unknown>;
}

/** What a call sends along. */
export interface Input {
  readonly plan: CallPlan;
  readonly bytes: Uint8Array;
}

/** What a handler gives back. */
export interface Reply {
  readonly call: number;
  readonly server: string;
  readonly bytes: Uint8Array;
}

/** The services of one process. */
export function servicesOf(host: HandlerHost): Service[] {
  return SERVICES.map((name) =>
    readServiceModule(`${name}.ts`, {
      service: {
        name,
        idempotent: ["again"],
        ...(name === "narrow" ? { concurrency: host.narrow } : {}),
      },
      echo: (input: Input, context: Context) => work(host, input, context),
      again: (input: Input, context: Context) => work(host, input, context),
      pass: (input: Input, context: Context) => pass(host, input, context),
      items: (input: Input, context: Context) => items(host, input, context),
    })
  );
}

/** A call that nobody planned: a server lies. */
const UNPLANNED: CallPlan = {
  ...{ call: -1, atMs: 0, manner: "call", server: "", process: 0, service: "", handler: "echo" },
  ...{ timeoutMs: 0, inputBytes: 0, replyBytes: 0, waitMs: 0, burnMs: 0, items: 0, readMs: 0 },
};

/** A handler begins: what it is to do. */
function begun(host: HandlerHost, input: Partial<Input> | null, { requestId }: Context): CallPlan {
  const { process, server, see, planOf } = host;
  const plan = planOf(Number(input?.plan?.call)) ?? UNPLANNED;
  see({
    type: "begun",
    ms: process.worldMs,
    call: plan.call,
    process: process.name,
    server,
    whole: isPattern(input?.bytes, plan.call, plan.inputBytes),
    requestId,
  });
  return plan;
}

function over({ process, see }: HandlerHost, call: number, told: boolean): void {
  if (process.dead) return;
  see({ type: "handler ended", ms: process.worldMs, call, process: process.name, told });
}

/** Waits, at most until the call is cancelled: `true`. */
function wait(process: SimProcess, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(true);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = process.after(ms, () => resolve(false));
  signal.addEventListener("abort", () => {
    process.cancel(timer);
    resolve(true);
  }, { once: true });
  return promise;
}

function reply({ server }: HandlerHost, { call, replyBytes }: CallPlan): Reply {
  return { call, server, bytes: patternOf(call, replyBytes) };
}

function work(host: HandlerHost, input: Input, context: Context): Reply | Promise<Reply> {
  const plan = begun(host, input, context);
  if (plan.deadly) {
    host.die();
    return new Promise(() => {});
  }
  if (plan.burnMs > 0) host.process.burn(plan.burnMs);
  const waitMs = plan.waitMs + (plan.slowAt === host.server ? SLOW_MS : 0);
  if (waitMs === 0) {
    over(host, plan.call, false);
    return reply(host, plan);
  }
  return wait(host.process, waitMs, context.signal).then((told) => {
    over(host, plan.call, told);
    return reply(host, plan);
  });
}

async function pass(host: HandlerHost, input: Input, context: Context): Promise<Reply> {
  const plan = begun(host, input, context);
  if (plan.onward !== undefined) await host.onward(plan.onward, context).catch(() => {});
  over(host, plan.call, context.signal.aborted);
  return reply(host, plan);
}

async function* items(host: HandlerHost, input: Input, context: Context) {
  const plan = begun(host, input, context);
  let told = true;
  try {
    for (let item = 0; item < plan.items; item++) {
      if (plan.waitMs > 0 && await wait(host.process, plan.waitMs, context.signal)) return;
      yield { call: plan.call, item, bytes: patternOf(plan.call, plan.replyBytes, item) };
    }
    told = false;
  } finally {
    over(host, plan.call, told);
  }
}

/** What a call is, as the auditor is told. */
export function madeOf(
  plan: CallPlan,
  by: { readonly process: SimProcess; readonly server: string },
  timeoutMs: number,
  owner: string | undefined,
): Made {
  const { process, server } = by;
  return {
    type: "made",
    ms: process.worldMs,
    localMs: process.now(),
    call: plan.call,
    process: process.name,
    server,
    manner: plan.manner,
    service: plan.service,
    handler: plan.handler,
    key: plan.key,
    owner,
    placed: plan.service === "placed",
    inTurn: plan.service === "plain" || plan.service === "narrow",
    limited: plan.service === "narrow",
    idempotent: plan.handler === "again",
    hedged: plan.hedgeAfterMs !== undefined,
    timeoutMs,
    items: plan.items,
    readMs: plan.readMs,
    pauseMs: plan.pause?.ms ?? 0,
    idleMs: plan.idleMs,
    replyBytes: plan.replyBytes,
  };
}
