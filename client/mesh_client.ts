/**
 * {@linkcode Mesh}: typed and untyped calls within a scope.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import type { Payload } from "../endpoint/codec.ts";
import { MeshError } from "../errors.ts";
import { TIMEOUT_MAX_MS } from "../limits.ts";
import { checkCallOptions, NO_CHECKED_OPTIONS } from "./call_options.ts";
import { CallScope } from "./call_scope.ts";
import type { CallRequest } from "./call_request.ts";
import { type CallMeans, OutgoingCall } from "./outgoing_call.ts";
import { type Asker, broadcast } from "./broadcast.ts";
import type { HedgeMeans } from "./hedge.ts";
import { gatherPage } from "./page.ts";
import type {
  BroadcastAnswer,
  BroadcastOptions,
  Call,
  CallOptions,
  Mesh,
  PageOptions,
  PagePart,
  PageResult,
  ServiceClient,
} from "./types.ts";

const NO_OPTIONS: CallOptions = {};

/** What a client needs of its process: whoever sends its calls has it. */
export type ClientMeans = CallMeans & HedgeMeans & Asker;

/** The calls of one scope. */
export class MeshClient implements Mesh {
  readonly #calls: ClientMeans;
  readonly #scope: CallScope;
  readonly #timeoutMs: number;

  /**
   * @param calls Sends them.
   * @param timeoutMs Time a call may take when its caller says nothing, in ms.
   * @param scope What the calls inherit.
   */
  constructor(calls: ClientMeans, timeoutMs: number, scope: CallScope = new CallScope()) {
    this.#calls = calls;
    this.#timeoutMs = timeoutMs;
    this.#scope = scope;
  }

  /**
   * When a call that is made now must have ended, on the clock of this process.
   *
   * @param timeoutMs The time that it may take, in ms; absent: what is usual.
   */
  deadlineMs(timeoutMs: number | undefined): number {
    const limitMs = Math.min(timeoutMs ?? this.#timeoutMs, TIMEOUT_MAX_MS);
    return Math.min(this.#calls.outside.now() + limitMs, this.#scope.deadlineMs);
  }

  /** The same way to the services, for the calls of another scope. */
  within(scope: CallScope): MeshClient {
    return new MeshClient(this.#calls, this.#timeoutMs, scope);
  }

  service<T>(name: string, options?: CallOptions): ServiceClient<T> {
    const methods = new Map<string, (input?: Payload, own?: CallOptions) => Call<unknown>>();
    return new Proxy(Object.create(null), {
      get: (_target, property) => {
        // A client is no promise: `await mesh.service(…)` must give the client itself.
        if (typeof property === "symbol" || property === "then") return undefined;
        let method = methods.get(property);
        if (method === undefined) {
          const target = typeof name === "string" ? `${name}.${property}` : name;
          method = (input, own) =>
            this.call(
              target,
              input,
              own === undefined ? options : options === undefined ? own : merged(options, own),
            );
          methods.set(property, method);
        }
        return method;
      },
    });
  }

  call<T = unknown>(
    target: string,
    input?: Payload,
    options: CallOptions = NO_OPTIONS,
  ): Call<T> {
    return this.callServer<T>(target, input, options, 0);
  }

  broadcast<T = unknown>(
    target: string,
    input?: Payload,
    options: BroadcastOptions = NO_OPTIONS,
  ): AsyncIterable<BroadcastAnswer<T>> {
    return broadcast<T>(this, this.#calls, target, input, options);
  }

  // deno-lint-ignore no-explicit-any -- parts of any type
  page<P extends Record<string, PagePart<any>>>(
    parts: P,
    options: PageOptions = {},
  ): Promise<PageResult<P>> {
    return gatherPage(this, this.#scope, this.#calls, parts, options);
  }

  /** A call that only the server with this hash may answer; 0: any. */
  callServer<T = unknown>(
    target: string,
    input: Payload,
    options: CallOptions,
    pinnedHash: number,
  ): Call<T> {
    const scope = this.#scope;
    let checked = NO_CHECKED_OPTIONS;
    let fault = typeof target === "string" ? undefined : targetFault(target);
    if (options !== NO_OPTIONS) {
      const result = checkCallOptions(options, target);
      if (result instanceof MeshError) fault ??= result;
      else checked = result;
    }
    const { key, timeoutMs, signal, idempotent, metadata, idleTimeoutMs } = checked;
    const madeMs = this.#calls.outside.now();
    const request: CallRequest = {
      target,
      input,
      key: key ?? scope.user,
      keyExplicit: key !== undefined,
      idempotent,
      metadata,
      pinnedHash,
      madeMs,
      deadlineMs: Math.min(
        madeMs + Math.min(timeoutMs ?? this.#timeoutMs, TIMEOUT_MAX_MS),
        scope.deadlineMs,
      ),
      firstReply: timeoutMs === undefined || timeoutMs === Infinity,
      idleTimeoutMs,
      signal,
    };
    return new OutgoingCall<T>(this.#calls, scope, request, fault).promise;
  }
}

function targetFault(target: unknown): MeshError {
  return new MeshError(
    "INVALID_ARGUMENT",
    `the target of a call is ${textOf(target)}; it must be a text, "service.handler"`,
    { started: false },
  );
}

/** Options of one call over those of its client; what is no object is left for the check to refuse. */
function merged(options: CallOptions, own: CallOptions): CallOptions {
  if (typeof options !== "object" || options === null) return options;
  if (typeof own !== "object" || own === null) return own;
  try {
    return { ...options, ...own };
  } catch (error) {
    return {
      get key(): never {
        throw error;
      },
    };
  }
}
