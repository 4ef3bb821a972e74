/**
 * Rendezvous hashing: every (key, server) pair has a score, the highest wins, and the descending scores
 * are the order in which servers take over. A server that joins or leaves moves only its own share.
 * (Thaler & Ravishankar, "Using name-based mappings to increase hit rates", 1998.)
 *
 * The arithmetic is 32-bit: two multiplicative hashes of the text, finalised and mixed crosswise, give
 * the 53 bits that fit a number exactly.
 *
 * @module
 */
import { mix32 } from "./hash.ts";

/** A 64-bit hash as two 32-bit halves; one object serves for many keys, so that hashing allocates nothing. */
export class TextHash {
  high = 0;
  low = 0;

  /** @param text Hashed at once when given. */
  constructor(text?: string) {
    if (text !== undefined) this.set(text);
  }

  /** Hashes `text` (its UTF-16 code units) into this object, and returns it. */
  set(text: string): this {
    let a = 0xdeadbeef ^ text.length, b = 0x41c6ce57;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x9e3779b1);
      b = Math.imul(b ^ unit, 0x5f356495);
    }
    this.high = mix32(a ^ (b >>> 15));
    this.low = mix32(b ^ (a >>> 13));
    return this;
  }
}

/**
 * The score of a server for a key.
 *
 * @param key Hash of the key.
 * @param server Hash of the server's name.
 * @returns An integer, 0 to 2^53 - 1, evenly spread; the highest wins.
 */
export function rendezvousScore(key: TextHash, server: TextHash): number {
  const inner = mix32(key.low ^ server.low);
  const high = mix32(key.high ^ server.high ^ inner);
  const low = mix32((inner + high) | 0);
  return (high >>> 0) * 0x200000 + (low >>> 11);
}
