/**
 * Names of properties, which come again and again: found by their bytes, they need not be made anew.
 *
 * @module
 */
import { KEYS_CACHED } from "../../limits.ts";
import { readText } from "./read_text.ts";

/** Bytes of a place in the cache: a length, and at most 31 bytes of text. */
const PLACE_BYTES = 32;

/** Whether a plain object inherits a property of this name: to assign it is not to have it. */
export function isInherited(name: string): boolean {
  return name === "__proto__" || name in Object.prototype;
}

/** Short names by a hash of their bytes: each has one place, and the last one there stays. */
export class KeyCache {
  readonly #bytes = new Uint8Array(KEYS_CACHED * PLACE_BYTES);
  readonly #texts: string[] = new Array(KEYS_CACHED).fill("");
  readonly #inherited = new Uint8Array(KEYS_CACHED);
  /** Whether a plain object inherits a property of the name that {@linkcode get} gave last. */
  isInherited = false;

  /** The text in `bytes[at, at + length)`; at most 31 bytes. */
  get(bytes: Uint8Array, at: number, length: number): string {
    this.isInherited = false;
    if (length === 0) return "";
    // All bytes of the text are there; so are all places.
    const first = bytes[at]!;
    const last = bytes[at + length - 1]!;
    const middle = bytes[at + (length >> 1)]!;
    const place = (first * 31 + middle * 7 + last + length * 131) & (KEYS_CACHED - 1);
    const known = this.#bytes;
    const from = place * PLACE_BYTES;
    if (known[from] === length) {
      let i = 0;
      while (i < length && known[from + 1 + i] === bytes[at + i]) i++;
      if (i === length) {
        this.isInherited = this.#inherited[place] === 1;
        // A mask made `place`.
        return this.#texts[place]!;
      }
    }
    const text = readText(bytes, at, length);
    known[from] = length;
    // All of them are there.
    for (let i = 0; i < length; i++) known[from + 1 + i] = bytes[at + i]!;
    this.#texts[place] = text;
    this.isInherited = isInherited(text);
    this.#inherited[place] = this.isInherited ? 1 : 0;
    return text;
  }
}
