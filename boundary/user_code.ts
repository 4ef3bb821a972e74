/**
 * The line between mesh and the code of its users.
 *
 * User code is entered here and left here. What it throws, returns or yields may be anything: a proxy whose
 * traps throw, a `then` that calls back twice, an iterator that gives no objects. On this side of the line are
 * only values that were looked at safely: a thrown value has become a {@linkcode Thrown}, a result is a plain
 * value (which the codec alone looks into) or the items of a stream.
 *
 * @module
 */
import { LEFT_OUT_WHY_MAX_CHARS } from "../limits.ts";
import { type Code, CODES, MeshError } from "../errors.ts";
import { textOf } from "./text.ts";

/** Who goes on when user code was left. Neither method may throw. */
export interface Left {
  /** It gave a result, which is no promise. */
  returned(result: unknown): void;
  /** It threw, or its promise was rejected. */
  threw(thrown: unknown): void;
}

/** What user code threw, in plain values. */
export interface Thrown {
  /** The code of a `MeshError`, whose thrower chose it; else `INTERNAL`. */
  readonly code: Code;
  /** Its message, or its text, or a picture of it; bounded. */
  readonly message: string;
  /** What a `MeshError` carries; empty when not all of it is text, which the message says then. */
  readonly metadata: Record<string, string>;
  /** Whether it is a `MeshError`: an answer, and no accident. */
  readonly deliberate: boolean;
}

// As they are when mesh is loaded: user code may replace them.
const promiseThen = Promise.prototype.then;
const NativePromise = Promise;
const { queueMicrotask } = globalThis;

/**
 * Runs user code, and waits for the promise that it may give.
 *
 * @param code The user's function.
 * @param first Its first argument.
 * @param second Its second argument.
 * @param left Goes on: at once for a plain result, in a microtask for a promise; exactly once.
 */
export function enter<A, B>(
  code: (first: A, second: B) => unknown,
  first: A,
  second: B,
  left: Left,
): void {
  let result: unknown;
  try {
    result = code(first, second);
  } catch (thrown) {
    return left.threw(thrown);
  }
  const kind = typeof result;
  const promise = (kind === "object" && result !== null) || kind === "function"
    ? promiseOf(result as object)
    : undefined;
  if (promise === undefined) return left.returned(result);
  // Its own `then` may be anything; this one calls back once, and later.
  try {
    promiseThen.call(promise, (value) => left.returned(value), (reason) => left.threw(reason));
  } catch (thrown) {
    left.threw(thrown); // it only looks like a promise, and nothing was called back
  }
}

/**
 * Runs user code, for those who wait for it.
 *
 * @param code The user's function.
 * @returns A promise of its result that can be trusted, rejected with what it threw.
 */
export function ask(code: () => unknown): Promise<unknown> {
  return new NativePromise((returned, threw) =>
    enter(code, undefined, undefined, { returned, threw })
  );
}

/** A result as a promise that can be trusted; `undefined` when it is none, or does not even show whether it is one. */
function promiseOf(result: object): Promise<unknown> | undefined {
  let then: unknown;
  try {
    if (result instanceof NativePromise && result.constructor === NativePromise) return result;
    ({ then } = result as { then?: unknown });
  } catch {
    return undefined;
  }
  if (typeof then !== "function") return undefined;
  // What a promise does with a thenable: its `then` is called in a microtask, and only its first word counts.
  return new NativePromise((resolve, reject) => {
    queueMicrotask(() => {
      try {
        then.call(result, resolve, reject);
      } catch (thrown) {
        reject(thrown);
      }
    });
  });
}

/** The items of a stream; each method may throw anything, or give anything. */
export type Items = AsyncIterator<unknown> | Iterator<unknown>;

/**
 * The items of a result: of an async iterable, or of the object that a generator function returns.
 *
 * @param result What user code returned.
 * @returns `undefined` when it is a single value.
 * @throws Whatever looking at the result throws: a lock on a stream, a trap of a proxy.
 */
export function itemsOf(result: unknown): Items | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  if (Symbol.asyncIterator in result) {
    const make = (result as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator];
    if (typeof make !== "function") return undefined;
    const items: unknown = make.call(result);
    if ((typeof items !== "object" && typeof items !== "function") || items === null) {
      throw new TypeError("its async iterator is no object");
    }
    return items as Items;
  }
  if (Object.prototype.toString.call(result) === "[object Generator]") return result as Items;
  return undefined;
}

/**
 * The next item of a stream.
 *
 * @returns What its `next` gave.
 * @throws Whatever that throws; a `TypeError` when it gives no object, as `for await` does.
 */
export async function nextOf(items: Items): Promise<IteratorResult<unknown>> {
  const result: unknown = await items.next();
  if ((typeof result !== "object" && typeof result !== "function") || result === null) {
    throw new TypeError(`the stream's next() gave ${textOf(result)}, which is no object`);
  }
  return result as IteratorResult<unknown>;
}

/**
 * What user code threw, in plain values: each of its fields is looked at once.
 *
 * @param thrown Anything.
 */
export function readThrown(thrown: unknown): Thrown {
  try {
    if (thrown instanceof MeshError) {
      const { code, message, metadata }: { code: unknown; message: unknown; metadata: unknown } =
        thrown;
      if (typeof code === "string" && Object.hasOwn(CODES, code)) {
        return { code: code as Code, ...readFields(message, metadata), deliberate: true };
      }
    }
  } catch {
    // It only pretends to be one.
  }
  return { code: "INTERNAL", message: textOf(thrown), metadata: {}, deliberate: false };
}

/** The message, and the metadata where they are texts; else the message says that they are left out. */
function readFields(
  message: unknown,
  metadata: unknown,
): { message: string; metadata: Record<string, string> } {
  const text = textOf(message);
  const plain: Record<string, string> = Object.create(null);
  try {
    for (const key of Object.keys(metadata ?? {})) {
      const value: unknown = (metadata as Record<string, unknown>)[key];
      if (typeof value !== "string") throw new TypeError(`"${key}" is ${typeof value}, not text`);
      plain[key] = value;
    }
    return { message: text, metadata: plain };
  } catch (thrown) {
    return {
      message: `${text} (metadata left out: ${textOf(thrown).slice(0, LEFT_OUT_WHY_MAX_CHARS)})`,
      metadata: {},
    };
  }
}
