/**
 * The one error class of mesh, and the registry of its codes.
 *
 * Codes are gRPC's canonical status codes, names and numbers alike
 * (https://grpc.github.io/grpc/core/md_doc_statuscodes.html), so that everybody knows what they mean.
 *
 * @module
 */

/** Name → number of every code a {@linkcode MeshError} can carry; the number is what travels on the wire. */
export const CODES = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** One of the canonical code names. */
export type Code = keyof typeof CODES;

const NAMES = new Map<number, Code>(
  Object.entries(CODES).map(([name, number]) => [number, name as Code]),
);

/**
 * The name of a code number taken from the wire.
 *
 * @param number The code's number, 1 to 16.
 * @returns The name; `INTERNAL` for a number this version does not know.
 */
export function codeName(number: number): Code {
  return NAMES.get(number) ?? "INTERNAL";
}

/** Further facts about a failed call; every field is optional. */
export interface MeshErrorOptions {
  /** `false`: the handler provably never began. `true`: it may have begun. Default `true`. */
  started?: boolean;
  /** Name of the server the error comes from, when known. */
  server?: string;
  /** What was called: `"service.handler"`. */
  target?: string;
  /** Key/value pairs that a handler attached to its error; they travel to the caller. */
  metadata?: Record<string, string>;
  /** What caused this error, on the same machine (never travels). */
  cause?: unknown;
}

/**
 * How a call that did not end in a reply ends: a stable {@linkcode Code} and what is known about it.
 *
 * A handler may throw one to choose the code and the metadata its caller sees; any other exception
 * reaches the caller as `INTERNAL` with the exception's message.
 *
 * @example
 * ```ts
 * import { MeshError } from "mesh";
 *
 * const error = new MeshError("NOT_FOUND", "no such symbol: XYZ", { metadata: { symbol: "XYZ" } });
 * console.log(error.code, error.metadata.symbol);
 * ```
 */
export class MeshError extends Error {
  /** `"MeshError"`, also in another copy of this module. */
  override name = "MeshError";
  /** The canonical code. */
  readonly code: Code;
  /** `false` when the handler provably never began. */
  readonly started: boolean;
  /** The server the error comes from, when known. */
  readonly server: string | undefined;
  /** What was called (`"service.handler"`), when known. */
  readonly target: string | undefined;
  /** Key/value pairs from the handler; empty when there are none. */
  readonly metadata: Readonly<Record<string, string>>;

  /**
   * Makes an error.
   *
   * @param code One of the canonical codes.
   * @param message What was attempted, what was seen, what to do.
   * @param options Further facts.
   */
  constructor(code: Code, message: string, options: MeshErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.started = options.started ?? true;
    this.server = options.server;
    this.target = options.target;
    this.metadata = options.metadata ?? {};
  }

  /** Also true for a `MeshError` of another copy of this module (a user's import beside a worker's). */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === "MeshError" &&
      typeof (value as { code?: unknown }).code === "string";
  }
}
