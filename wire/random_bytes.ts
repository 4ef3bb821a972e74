/**
 * Where nonces and epochs come from.
 *
 * @module
 */

/** Gives bytes that nobody can guess. */
export type RandomBytes = (count: number) => Uint8Array;

/** Those of the machine. */
export function secureBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}
