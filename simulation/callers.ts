/**
 * Calls as web processes make them, and what their callers see.
 *
 * @module
 */
import type { Context, Mesh } from "../client/types.ts";
import { MeshError } from "../errors.ts";
import type { Ended, Observation } from "./auditor/observation.ts";
import { isPattern, patternOf } from "./payloads.ts";
import type { SimProcess } from "./process.ts";
import type { CallPlan } from "./scenario.ts";
import { type Input, madeOf, type Reply } from "./services.ts";

/** Who calls. */
export interface Caller {
  readonly process: SimProcess;
  readonly server: string;
  readonly mesh: Mesh;
  see(observation: Observation): void;
  ownerOf(plan: CallPlan): string | undefined;
}

interface Item {
  readonly call: number;
  readonly item: number;
  readonly bytes: Uint8Array;
}

/** Makes a planned call. */
export async function makeCall(caller: Caller, plan: CallPlan): Promise<void> {
  const { process, see } = caller;
  see(madeOf(plan, caller, plan.timeoutMs, caller.ownerOf(plan)));
  const end = new AbortController();
  let cancelled = false;
  if (plan.cancelAfterMs !== undefined) {
    process.after(plan.cancelAfterMs, () => {
      cancelled = true;
      end.abort("the caller gives up");
    });
  }
  const tell = (what: Partial<Ended>) => {
    if (process.dead) return;
    see(endedOf(process, plan, { byCaller: cancelled, ...what }));
  };
  const target = `${plan.service}.${plan.handler}`;
  const input = inputOf(plan);
  const options = {
    timeoutMs: plan.timeoutMs,
    signal: end.signal,
    ...(plan.key === undefined ? {} : { key: plan.key }),
    ...(plan.idleMs === undefined ? {} : { idleTimeoutMs: plan.idleMs }),
  };
  let items = 0;
  let whole = true;
  try {
    switch (plan.manner) {
      case "stream": {
        for await (const one of caller.mesh.call(target, input, options) as AsyncIterable<Item>) {
          const right = one.call === plan.call && one.item === items;
          whole &&= right && isPattern(one.bytes, plan.call, plan.replyBytes, items);
          items++;
          const pauseMs = plan.pause?.afterItems === items ? plan.pause.ms : 0;
          if (pauseMs > 0) see(readerOf(process, plan.call, "stops"));
          if (plan.readMs + pauseMs > 0) {
            await new Promise<void>((resolve) => process.after(plan.readMs + pauseMs, resolve));
          }
          if (pauseMs > 0) see(readerOf(process, plan.call, "goes on"));
        }
        return tell({ code: "ok", items, whole, answers: plan.call });
      }
      case "page part":
        return await page(caller, plan, { target, input, options }, tell);
      case "broadcast": {
        let answered = 0;
        for await (
          const { server, value, error } of caller.mesh.broadcast<Reply>(target, input, options)
        ) {
          answered++;
          tell({ ...(error === undefined ? rightOf(plan, value) : wrongOf(error)), from: server });
        }
        // Nobody was there to be asked, or the process's server knew nobody.
        if (answered === 0) tell({ code: "ok" });
        return;
      }
      default:
        return tell(rightOf(plan, await caller.mesh.call<Reply>(target, input, options)));
    }
  } catch (error) {
    tell({ ...wrongOf(error), items, whole });
  }
}

/** An onward call of a handler. */
export async function makeOnward(caller: Caller, plan: CallPlan, context: Context): Promise<void> {
  const { process, see } = caller;
  const leftMs = context.deadline - process.timeOriginMs - process.now();
  see(madeOf(plan, caller, Math.min(plan.timeoutMs, Math.max(leftMs, 0)), undefined));
  const tell = (what: Partial<Ended>) => {
    if (!process.dead) see(endedOf(process, plan, { byCaller: context.signal.aborted, ...what }));
  };
  try {
    const target = `${plan.service}.${plan.handler}`;
    const options = { timeoutMs: plan.timeoutMs };
    tell(rightOf(plan, await context.mesh.call<Reply>(target, inputOf(plan), options)));
  } catch (error) {
    tell(wrongOf(error));
  }
}

async function page(
  { mesh }: Caller,
  plan: CallPlan,
  { target, input, options }: { target: string; input: Input; options: { key?: string } },
  tell: (what: Partial<Ended>) => void,
): Promise<void> {
  const { part } = await mesh.page({
    part: {
      call: target,
      input,
      options,
      ...(plan.hedgeAfterMs === undefined ? {} : { hedgeAfterMs: plan.hedgeAfterMs }),
    },
  }, { budgetMs: plan.timeoutMs });
  tell(part.status === "value" ? rightOf(plan, part.value as Reply) : wrongOf(part.error));
}

function inputOf(plan: CallPlan): Input {
  return { plan, bytes: patternOf(plan.call, plan.inputBytes) };
}

function rightOf(plan: CallPlan, reply: Reply): Partial<Ended> {
  return {
    code: "ok",
    answers: reply.call,
    whole: isPattern(reply.bytes, plan.call, plan.replyBytes),
  };
}

function wrongOf(error: unknown): Partial<Ended> {
  if (error instanceof MeshError) {
    return { code: error.code, started: error.started, message: error.message };
  }
  return {
    code: "INTERNAL",
    message: `no MeshError: ${error instanceof Error ? error.stack : error}`,
  };
}

function readerOf(process: SimProcess, call: number, what: "stops" | "goes on"): Observation {
  return { type: "reader", ms: process.worldMs, call, process: process.name, what };
}

function endedOf(process: SimProcess, plan: CallPlan, what: Partial<Ended>): Ended {
  return {
    type: "ended",
    ms: process.worldMs,
    localMs: process.now(),
    call: plan.call,
    code: "ok",
    started: true,
    message: "",
    byCaller: false,
    ...what,
  };
}
