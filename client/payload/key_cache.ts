/**
 * Names of properties, which come again and again: found by their bytes, they need not be made anew.
 *
 * @module
 */
import { KEYS_CACHED } from "../../limits.ts";
import { readText } from "./read_text.ts";

/** Bytes of a place in the cache: a length, and at most 31 bytes of text. */
const PLACE_BYTES = 32;

/** See the module's description. */
export class KeyCache {
  readonly #bytes = new Uint8Array(KEYS_CACHED * PLACE_BYTES);
  readonly #texts: string[] = new Array(KEYS_CACHED).fill("");

  /** The text in `bytes[at, at + length)`; at most 31 bytes. */
  get(bytes: Uint8Array, at: number, length: number): string {
    if (length === 0) return "";
    const first = bytes[at]!;
    const last = bytes[at + length - 1]!;
    const middle = bytes[at + (length >> 1)]!;
    const place = (first * 31 + middle * 7 + last + length * 131) & (KEYS_CACHED - 1);
    const known = this.#bytes;
    const from = place * PLACE_BYTES;
    if (known[from] === length) {
      let i = 0;
      while (i < length && known[from + 1 + i] === bytes[at + i]) i++;
      if (i === length) return this.#texts[place]!;
    }
    const text = readText(bytes, at, length);
    known[from] = length;
    for (let i = 0; i < length; i++) known[from + 1 + i] = bytes[at + i]!;
    this.#texts[place] = text;
    return text;
  }
}
