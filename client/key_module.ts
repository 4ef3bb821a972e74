/**
 * A key module as user code: loading it, and running its function.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { textOf } from "../boundary/text.ts";
import { enter } from "../boundary/user_code.ts";
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
 * Runs a key function. It never throws, and a promise that it gives is never rejected.
 *
 * @param run The function; it gets the key, and nothing else.
 * @param key The key.
 */
export function runKeyFunction(run: KeyFunction, key: string): KeyOutcome | Promise<KeyOutcome> {
  let atOnce: KeyOutcome | undefined;
  let settle = (outcome: KeyOutcome): void => void (atOnce = outcome);
  enter((key: string) => run(key), key, undefined, {
    returned: (value) => settle({ threw: false, value }),
    threw: (value) => settle({ threw: true, value }),
  });
  if (atOnce !== undefined) return atOnce;
  return new Promise((resolve) => settle = resolve);
}

function unfit(why: string, cause?: unknown): MeshError {
  return new MeshError("INVALID_ARGUMENT", why, { started: false, cause });
}
