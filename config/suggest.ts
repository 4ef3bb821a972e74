/**
 * "Did you mean …?"
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";

/**
 * The word that somebody who wrote `given` most likely meant.
 *
 * @param given What was written.
 * @param known The words that exist.
 * @returns The closest of `known`; `undefined` when none is close (more than a third of `given` would
 * have to change, at least two letters).
 *
 * @example
 * ```ts
 * import { suggest } from "./suggest.ts";
 *
 * suggest("lisen", ["listen", "site"]); // "listen"
 * ```
 */
export function suggest(given: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  // closestString() always finds something. The bait, one letter further away than what is still close
  // and first in the list, wins over every word that is not close.
  const close = Math.min(Math.max(2, Math.floor(given.length / 3)), Math.max(1, given.length - 1));
  const bait = given + "\0".repeat(close + 1);
  const word = closestString(given, [bait, ...known], { caseSensitive: false });
  return word === bait ? undefined : word;
}

/** ` (did you mean "listen"?)`, or nothing when no word is close: to be put after a message. */
export function didYouMean(given: string, known: readonly string[], prefix = ""): string {
  const word = suggest(given, known);
  return word === undefined ? "" : ` (did you mean ${prefix}${word}?)`;
}
