/**
 * The public types: what services, sites and callers are made of.
 *
 * @module
 */

import type { Payload } from "../endpoint/codec.ts";
import type { MeshError } from "../errors.ts";

/** Options of one call; those given to {@linkcode Mesh.service} are defaults for all its calls. */
export interface CallOptions {
  /**
   * Routing key, at most 512 bytes of UTF-8; numbers and bigints count by their decimal text. Default: the user's
   * identity in a site, else none.
   */
  key?: string | number | bigint;
  /**
   * Time until the call ends in `DEADLINE_EXCEEDED`, in ms; of a stream, until its end. At most a day, `Infinity`
   * for as long as can be, and never more than the caller's own deadline. Default 5000; of a stream only until its
   * first item: then it lives as long as its reader, its handler and their servers.
   */
  timeoutMs?: number;
  /**
   * Longest time between two items of a stream while its reader waits for one, in ms; then it ends in
   * `DEADLINE_EXCEEDED`. At most a day. Default: any time.
   */
  idleTimeoutMs?: number;
  /** Ends the call in `CANCELLED` when aborted. */
  signal?: AbortSignal;
  /** The call may be repeated on another server even if it may have started. Default: as the service declares. */
  idempotent?: boolean;
  /** Key/value pairs for the handler (`ctx.metadata`), at most 64 KiB encoded. */
  metadata?: Record<string, string>;
}

/** A call under way: awaited it gives the reply, iterated it gives the items of a stream. */
export interface Call<T> extends Promise<T>, AsyncIterable<T> {}

/** What a caller gets for a handler that returns `R`: an async iterable for a stream, else a promise. */
export type ResultOf<R> = R extends
  AsyncIterable<infer Y> | Generator<infer Y, unknown, unknown> | ReadableStream<infer Y>
  ? AsyncIterable<Y>
  : Promise<Awaited<R>>;

/** A typed client made of a service module's type: `ServiceClient<typeof import("./quotes.ts")>`. */
export type ServiceClient<T> = {
  [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: T[K] extends
    (input: infer I, ...rest: never[]) => infer R
    ? unknown extends I ? (input?: I, options?: CallOptions) => ResultOf<R>
    : undefined extends I ? (input?: I, options?: CallOptions) => ResultOf<R>
    : (input: I, options?: CallOptions) => ResultOf<R>
    : never;
};

/** The way to every service of the mesh. */
export interface Mesh {
  /**
   * A typed client of a service.
   *
   * @param name The service's name.
   * @param options Defaults for every call made through this client.
   */
  service<T>(name: string, options?: CallOptions): ServiceClient<T>;
  /**
   * An untyped call.
   *
   * @param target `"service.handler"`.
   * @param input What the handler gets as its first argument.
   * @param options This call's options.
   * @returns The reply when awaited, the stream's items when iterated. Fails with a `MeshError`.
   */
  call<T = unknown>(target: string, input?: Payload, options?: CallOptions): Call<T>;
  /**
   * The same request to every server of the service's group, or to some of them.
   *
   * @param target `"service.handler"`.
   * @param input What each handler gets as its first argument.
   * @param options This broadcast's options.
   * @returns One answer per server, in the order of their arrival; a dead server's is an `UNAVAILABLE`
   *   error. Stopping to iterate cancels what is under way.
   */
  broadcast<T = unknown>(
    target: string,
    input?: Payload,
    options?: BroadcastOptions,
  ): AsyncIterable<BroadcastAnswer<T>>;
  /**
   * Scatter and gather: the parts of a page side by side, never later than its budget.
   *
   * @param parts The parts by name.
   * @param options The page's budget.
   * @returns Per part its value, its fallback or its error.
   * @throws {MeshError} When a required part fails, with that part's error.
   */
  // deno-lint-ignore no-explicit-any -- parts of any type
  page<P extends Record<string, PagePart<any>>>(
    parts: P,
    options?: PageOptions,
  ): Promise<PageResult<P>>;
}

/** Options of a broadcast. */
export interface BroadcastOptions extends CallOptions {
  /** How many servers are asked. Default: every server of the group that offers the service. */
  servers?: number;
}

/** What one server answered to a broadcast. */
export type BroadcastAnswer<T> =
  | { readonly server: string; readonly value: T; readonly error?: undefined }
  | { readonly server: string; readonly error: MeshError; readonly value?: undefined };

/** One part of a page. */
export interface PagePart<T> {
  /**
   * The part's call: a call under way, or a function that makes it with the mesh it is given (whose calls
   * end with the part), or `"service.handler"`.
   */
  readonly call: PromiseLike<T> | ((mesh: Mesh) => PromiseLike<T>) | string;
  /** The input, where `call` is a name. */
  readonly input?: Payload;
  /** The call's options, where `call` is a name. */
  readonly options?: CallOptions;
  /** The part's own deadline in ms, if it is shorter than the page's budget. */
  readonly timeoutMs?: number;
  /** The page fails if this part does. Default `false`. */
  readonly required?: boolean;
  /** What stands in for a part that failed: a value, or a function of the error. */
  readonly fallback?: T | PromiseLike<T> | ((error: MeshError) => T | PromiseLike<T>);
  /**
   * Asks a second server if the first has not answered within this many ms, and takes the answer that comes
   * first. For idempotent handlers only; at most 5 % extra calls.
   */
  readonly hedgeAfterMs?: number;
}

/** What became of one part of a page. */
export type PartResult<T> =
  | { readonly status: "value"; readonly value: T; readonly error?: undefined }
  | { readonly status: "fallback"; readonly value: T; readonly error: MeshError }
  | { readonly status: "error"; readonly value?: undefined; readonly error: MeshError };

/** The value of each part, by the part's name. */
export type PageResult<P> = {
  [K in keyof P]: P[K] extends { readonly call: (mesh: Mesh) => PromiseLike<infer T> }
    ? PartResult<T>
    : P[K] extends { readonly call: PromiseLike<infer T> } ? PartResult<T>
    : P[K] extends PagePart<infer T> ? PartResult<T>
    : never;
};

/** Options of a page. */
export interface PageOptions {
  /** Time for the whole page in ms: what is not there by then is a failed part. Default 1000. */
  budgetMs?: number;
}

/** Structured log of a handler; lines go to the server's stderr with service, handler and request id. */
export interface Log {
  /** For development. */
  debug(message: string, fields?: Record<string, unknown>): void;
  /** Of interest in normal operation. */
  info(message: string, fields?: Record<string, unknown>): void;
  /** Something to look at. */
  warn(message: string, fields?: Record<string, unknown>): void;
  /** Something failed. */
  error(message: string, fields?: Record<string, unknown>): void;
}

/** What a handler gets as its second argument. */
export interface Context {
  /** Aborted when the caller cancels, its deadline passes, or its server is gone. */
  readonly signal: AbortSignal;
  /** When the call must have ended: milliseconds since the epoch, on this machine's clock. */
  readonly deadline: number;
  /** The call's routing key; `undefined` when it has none. */
  readonly key: string | undefined;
  /** Names the request through all onward calls: 16 hexadecimal digits. */
  readonly requestId: string;
  /** The caller's key/value pairs; empty when there are none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Name of the server the handler runs on. */
  readonly server: string;
  /** Index of the slot of the process the handler runs in. */
  readonly slot: number;
  /** For onward calls: they inherit deadline, cancellation and request id. */
  readonly mesh: Mesh;
  /** Log lines that carry service, handler and request id. */
  readonly log: Log;
}

/** A service module may export `service` of this shape; every field is optional. */
export interface ServiceOptions {
  /** The service's name. Default: the file's name up to its first dot. */
  name?: string;
  /** Handlers that may be repeated on another server after they may have started; `true`: all. */
  idempotent?: readonly string[] | boolean;
  /** Most calls that one process works on at once; further ones wait in the server's queue. Default: no bound. */
  concurrency?: number;
}

/** What a site's `fetch` gets as its second argument. */
export interface SiteEnv {
  /** Calls made through it end when the browser goes away; `user` is their default key. */
  readonly mesh: Mesh;
  /** The browser's address. */
  readonly remoteAddr: { readonly hostname: string; readonly port: number };
  /** The identity out of the user's cookie; `null` for a new browser. */
  readonly user: string | null;
}

/** A site: a module whose default export has a `fetch`, as `deno serve`, Hono and others have. */
export interface Site {
  /** Answers one browser request. */
  fetch(request: Request, env: SiteEnv): Response | Promise<Response>;
}
