/**
 * The public types: what services, sites and callers are made of.
 *
 * @module
 */

/** Anything MessagePack carries: JSON's values, `undefined`, `Map`, `Set`, `Date`, `bigint`, typed arrays. A bare `Uint8Array` travels as it is. */
export type Payload = unknown;

/** Options of one call; those given to {@linkcode Mesh.service} are defaults for all its calls. */
export interface CallOptions {
  /** Routing key, at most 512 bytes of UTF-8. Default: the user's identity in a site, else none. */
  key?: string;
  /** Time until the call ends in `DEADLINE_EXCEEDED`, in ms. Default 5000, never more than the caller's own deadline. */
  timeoutMs?: number;
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

// deno-lint-ignore no-explicit-any -- handlers of any shape are mapped
type AnyFunction = (...args: any[]) => unknown;

/** A typed client made of a service module's type: `ServiceClient<typeof import("./quotes.ts")>`. */
export type ServiceClient<T> = {
  [K in keyof T as T[K] extends AnyFunction ? K : never]: T[K] extends
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
  /** The service's name. Default: the file's name without its ending. */
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
