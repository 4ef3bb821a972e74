/**
 * Scatter and gather: the parts of a page side by side, within one budget.
 *
 * @module
 */
import { ask, readThrown } from "../boundary/user_code.ts";
import { MeshError } from "../errors.ts";
import type { Outside, Timer } from "../outside/outside.ts";
import { CallScope } from "./call_scope.ts";
import { hedged, type HedgeMeans } from "./hedge.ts";
import type { MeshClient } from "./mesh_client.ts";
import { callBehind } from "./call_promise.ts";
import { budgetOf, type CheckedPart, checkedParts } from "./page_parts.ts";
import type { PageOptions, PagePart, PageResult, PartResult } from "./types.ts";

/**
 * Gathers the parts of a page.
 *
 * @param client Makes the parts' calls.
 * @param scope What the client's calls inherit.
 * @param means Where hedges are paid from, clock and timers.
 * @param parts The parts by name.
 * @param options The page's budget.
 * @returns Per part its value, its fallback or its error.
 * @throws {MeshError} When a required part fails; the other parts are cancelled. `INVALID_ARGUMENT` before any
 *   call is made, when an option is of a wrong kind.
 */
// deno-lint-ignore no-explicit-any -- parts of any type
export async function gatherPage<P extends Record<string, PagePart<any>>>(
  client: MeshClient,
  scope: CallScope,
  means: HedgeMeans,
  parts: P,
  options: PageOptions,
): Promise<PageResult<P>> {
  const budgetMs = budgetOf(options);
  const checked = checkedParts(parts);
  const failed = new AbortController();
  const page: PageRun = { client, scope, means, budgetMs, failed: failed.signal };
  const results = await Promise.all(checked.map(async (part) => {
    const { name } = part;
    const result = await settlePart(page, part);
    if (part.required === true && result.status !== "value") {
      failed.abort(`part "${name}" of the page is required and failed`);
      throw result.error;
    }
    return result;
  }));
  return Object.fromEntries(
    checked.map(({ name }, index) => [name, results[index]]),
  ) as PageResult<P>;
}

/** A page while its parts are gathered. */
interface PageRun {
  readonly client: MeshClient;
  readonly scope: CallScope;
  readonly means: HedgeMeans;
  readonly budgetMs: number;
  /** Fires when a required part has failed. */
  readonly failed: AbortSignal;
}

async function settlePart(page: PageRun, part: CheckedPart): Promise<PartResult<unknown>> {
  const { means, budgetMs, failed } = page;
  const { name } = part;
  const limitMs = Math.min(budgetMs, part.timeoutMs ?? Infinity);
  const startedMs = means.outside.now();
  const late = Promise.withResolvers<never>();
  const end = new AbortController();
  const stop = () => end.abort(failed.reason);
  failed.addEventListener("abort", stop);
  const timer = means.outside.after(limitMs, () => {
    const error = new MeshError(
      "DEADLINE_EXCEEDED",
      `part "${name}" was not there within ${limitMs} ms`,
    );
    late.reject(error); // first: the part is late, and that its call is cancelled only follows from it
    end.abort(error.message);
  });
  try {
    const value = start(page, part, end.signal, limitMs);
    return { status: "value", value: await Promise.race([value, late.promise]) };
  } catch (thrown) {
    const error = asMeshError(thrown);
    if (part.required === true || !("fallback" in part)) return { status: "error", error };
    try {
      const { fallback } = part;
      const value = ask(() => typeof fallback === "function" ? fallback(error) : fallback);
      // One that takes its time has what is left of the page's.
      return {
        status: "fallback",
        value: await inTime(value, startedMs + budgetMs, means.outside),
        error,
      };
    } catch (wrong) {
      return { status: "error", error: asMeshError(wrong) };
    }
  } finally {
    means.outside.cancel(timer);
    failed.removeEventListener("abort", stop);
    late.promise.catch(() => {}); // nobody waits for it any more
  }
}

/** Starts a part's call; the calls it makes end with `signal`. */
function start(
  { client, scope, means }: PageRun,
  part: CheckedPart,
  signal: AbortSignal,
  limitMs: number,
): PromiseLike<unknown> {
  let call = part.call;
  if (typeof call !== "function" && typeof call !== "string") {
    const given = callBehind(call);
    signal.addEventListener("abort", () => given?.abort(signal.reason), { once: true });
    return hedge(call, part, means);
  }
  const within = client.within(
    new CallScope({
      signal,
      outer: scope,
      deadlineMs: Math.min(scope.deadlineMs, means.outside.now() + limitMs),
      user: scope.user,
      firstReply: false,
      suspect: scope.suspect,
      requestIdHigh: scope.requestIdHigh,
      requestIdLow: scope.requestIdLow,
      traceparent: scope.traceparent,
    }),
  );
  call = typeof call === "string" ? within.call(call, part.input, part.options) : call(within);
  return hedge(call, part, means);
}

function hedge(
  call: PromiseLike<unknown>,
  part: CheckedPart,
  means: HedgeMeans,
): PromiseLike<unknown> {
  // A function may have given anything for its call.
  if (part.hedgeAfterMs === undefined || !(call instanceof Promise)) return call;
  const behind = callBehind(call);
  return behind === undefined ? call : hedged(behind, part.hedgeAfterMs, means);
}

/** A fallback, or the promise of one: at the page's end nobody waits for it any more. */
function inTime(value: Promise<unknown>, untilMs: number, outside: Outside): Promise<unknown> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    const leftMs = Math.max(untilMs - outside.now(), 0);
    timer = outside.after(leftMs, () => {
      reject(new MeshError("DEADLINE_EXCEEDED", "the part's fallback was not there in time"));
    });
  });
  return Promise.race([value, late]).finally(() => outside.cancel(timer));
}

/** What a part's own code threw, or its call's error. */
function asMeshError(thrown: unknown): MeshError {
  const { code, message, metadata, deliberate } = readThrown(thrown);
  if (deliberate && isOurs(thrown)) return thrown;
  return new MeshError(code, message, { metadata, cause: thrown });
}

/** Whether it is a `MeshError` through and through, and not only looks like one. */
function isOurs(thrown: unknown): thrown is MeshError {
  try {
    return Object.getPrototypeOf(thrown) === MeshError.prototype;
  } catch {
    return false;
  }
}
