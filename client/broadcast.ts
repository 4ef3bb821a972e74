/**
 * One request to many servers.
 *
 * @module
 */
import { signal, wholeFrom } from "../boundary/option_kinds.ts";
import { copyOf, readOptions, refuse } from "../boundary/options.ts";
import { MeshError } from "../errors.ts";
import { TARGET_MAX_BYTES } from "../limits.ts";
import { checkCallOptions } from "./call_options.ts";
import type { Outside } from "../outside/outside.ts";
import type { MeshClient } from "./mesh_client.ts";
import type { ProxyQuestions } from "../endpoint/proxy_questions.ts";
import type { Payload } from "../endpoint/codec.ts";
import type { BroadcastAnswer, BroadcastOptions, Call } from "./types.ts";

/** The question whose answer is a {@linkcode BroadcastTargets}. */
export interface TargetsQuestion {
  readonly ask: "broadcast-targets";
  readonly service: string;
  /** Absent: all of them. */
  readonly servers?: number;
}

/** Whom a broadcast addresses. */
export interface BroadcastTargets {
  /** Empty when nobody ever offered the service. */
  readonly servers: readonly { readonly name: string; readonly hash: number }[];
}

/** Who asks the proxy whom to address. */
export interface Asker {
  readonly questions: Pick<ProxyQuestions, "ask">;
  readonly outside: Pick<Outside, "now">;
}

/** The options of its own; the others are those of each call. */
const OPTIONS = { servers: wholeFrom(1), signal };

/**
 * Asks several servers the same, and gives their answers as they come.
 *
 * @param client Makes the calls.
 * @param asker Asks the proxy.
 * @param target `"service.handler"`.
 * @param input What each handler gets.
 * @param options Options of each call, and how many servers are asked.
 * @throws {MeshError} `INVALID_ARGUMENT` when an option is of a wrong kind.
 */
export async function* broadcast<T>(
  client: MeshClient,
  asker: Asker,
  target: string,
  input: Payload,
  options: BroadcastOptions,
): AsyncGenerator<BroadcastAnswer<T>, void, undefined> {
  if (typeof target !== "string") refuse("broadcast: target", target, 'a text "service.handler"');
  const { servers: count, signal: given } = readOptions(
    "broadcast",
    options,
    OPTIONS,
    "ignored",
  ) as Pick<BroadcastOptions, "servers" | "signal">;
  const { servers: _, ...callOptions } = copyOf("broadcast", options ?? {});
  const checked = checkCallOptions(callOptions, target);
  if (checked instanceof MeshError) throw checked;
  // What is too long for a name is nobody's: an ordinary call says so.
  if (target.length > TARGET_MAX_BYTES) return void await client.call(target, input, callOptions);
  const service = target.slice(0, Math.max(0, target.lastIndexOf(".")));
  const question: TargetsQuestion = {
    ask: "broadcast-targets",
    service,
    ...(count === undefined ? {} : { servers: count }),
  };
  const untilMs = client.deadlineMs(checked.timeoutMs);
  const { servers } = await asker.questions.ask(question, {
    target,
    untilMs,
    ...(given === undefined ? {} : { signal: given }),
  }) as BroadcastTargets;
  // Who waited for the proxy has that much less for the calls.
  if (checked.timeoutMs !== undefined && checked.timeoutMs !== Infinity) {
    callOptions.timeoutMs = Math.max(untilMs - asker.outside.now(), 0);
  }
  if (servers.length === 0) {
    // Nobody is known: an ordinary call finds out which error that is.
    await client.call(target, input, callOptions);
    return;
  }
  const stop = new AbortController();
  const signal = given === undefined ? stop.signal : AbortSignal.any([stop.signal, given]);
  const arrived: BroadcastAnswer<T>[] = [];
  let wake = Promise.withResolvers<void>();
  const add = (answer: BroadcastAnswer<T>) => {
    arrived.push(answer);
    wake.resolve();
  };
  for (const { name: server, hash } of servers) {
    const call: Call<T> = client.callServer(target, input, { ...callOptions, signal }, hash);
    call.then(
      (value) => add({ server, value }),
      (error: MeshError) => add({ server, error }),
    );
  }
  try {
    for (let given = 0; given < servers.length;) {
      if (arrived.length === 0) {
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
      for (const answer of arrived.splice(0)) {
        given++;
        yield answer;
      }
    }
  } finally {
    stop.abort("the reader of the broadcast stopped");
  }
}
