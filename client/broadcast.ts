/**
 * One request to many servers.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import type { CallPort } from "./call_port.ts";
import type { MeshClient } from "./mesh_client.ts";
import type { BroadcastAnswer, BroadcastOptions, Call, Payload } from "./types.ts";

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

/**
 * Asks several servers the same, and gives their answers as they come.
 *
 * @param client Makes the calls.
 * @param port Knows the proxy.
 * @param target `"service.handler"`.
 * @param input What each handler gets.
 * @param options Options of each call, and how many servers are asked.
 */
export async function* broadcast<T>(
  client: MeshClient,
  port: CallPort,
  target: string,
  input: Payload,
  options: BroadcastOptions,
): AsyncGenerator<BroadcastAnswer<T>, void, undefined> {
  const { servers: count, ...callOptions } = options;
  if (count !== undefined && !(Number.isInteger(count) && count >= 1)) {
    throw new MeshError("INVALID_ARGUMENT", `servers is ${count}; it must be 1 or more`, {
      started: false,
      target,
    });
  }
  const service = target.slice(0, Math.max(0, target.lastIndexOf(".")));
  const question: TargetsQuestion = {
    ask: "broadcast-targets",
    service,
    ...(count === undefined ? {} : { servers: count }),
  };
  const { servers } = await port.questions.ask(question) as BroadcastTargets;
  if (servers.length === 0) {
    // Nobody is known: an ordinary call finds out which error that is.
    await client.call(target, input, callOptions);
    return;
  }
  const stop = new AbortController();
  const signal = options.signal === undefined
    ? stop.signal
    : AbortSignal.any([stop.signal, options.signal]);
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
