/**
 * A key module as user code: loading it, and running its function.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";

/** A user's function: key → name of the server that alone may answer, at once or as a promise. */
export type KeyFunction = (key: string) => unknown;

/** What came of a key function. Nothing of the value has been looked at, but whether it is a promise. */
export interface KeyOutcome {
  /** Whether the value was thrown, or is the reason of a promise that was rejected. */
  readonly threw: boolean;
  readonly value: unknown;
}

/**
 * Loads a key module.
 *
 * @param path Its absolute path.
 * @param again Any text: the module is read anew, unless it was loaded with the same text before.
 * @returns Its default export.
 * @throws {MeshError} `INVALID_ARGUMENT`, with a message that goes behind the module's name.
 */
export async function loadKeyFunction(path: string, again?: string): Promise<KeyFunction> {
  const url = pathToFileURL(path);
  // Another URL is another module to Deno, and is read again.
  if (again !== undefined) url.searchParams.set("again", again);
  let exported: unknown;
  try {
    exported = (await import(url.href)).default;
  } catch (cause) {
    throw unfit(`it does not load: ${textOf(cause)}`, cause);
  }
  if (typeof exported !== "function") {
    throw unfit("its default export is no function (key → server's name)");
  }
  return exported as KeyFunction;
}

/**
 * Runs a key function: here the user's code is entered and left. It never throws, and a promise that it gives
 * is never rejected.
 *
 * @param run The function; it gets the key, and nothing else.
 * @param key The key.
 */
export function runKeyFunction(run: KeyFunction, key: string): KeyOutcome | Promise<KeyOutcome> {
  try {
    const value = run(key);
    const then = thenOf(value);
    if (then === undefined) return { threw: false, value };
    // One look at `then` is all that the value gets: it may be another one the next time.
    return new Promise<unknown>((resolve, reject) => then.call(value, resolve, reject)).then(
      (value) => ({ threw: false, value }),
      (reason) => ({ threw: true, value: reason }),
    );
  } catch (thrown) {
    return { threw: true, value: thrown };
  }
}

/** The method that makes a value a promise; a value that does not even show it is none. */
function thenOf(value: unknown): ((...args: unknown[]) => unknown) | undefined {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    return undefined;
  }
  try {
    const { then } = value as { then?: unknown };
    return typeof then === "function" ? then as (...args: unknown[]) => unknown : undefined;
  } catch {
    return undefined;
  }
}

function unfit(why: string, cause?: unknown): MeshError {
  return new MeshError("INVALID_ARGUMENT", why, { started: false, cause });
}
