/**
 * Hashes of names and keys: 32-bit arithmetic only, since a bigint costs more than the whole decision.
 *
 * @module
 */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Calls `step` arithmetic over the UTF-8 bytes of `text` without encoding it first: FNV-1a, 32 bits
 * (http://www.isthe.com/chongo/tech/comp/fnv/).
 *
 * @param text Any string; a lone surrogate counts as U+FFFD, as in `TextEncoder`.
 * @param seed Start value; the standard offset basis by default.
 * @returns Unsigned 32-bit hash.
 */
export function fnv1a(text: string, seed: number = FNV_OFFSET): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      hash = Math.imul(hash ^ point, FNV_PRIME);
      continue;
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      const low = point < 0xdc00 ? text.charCodeAt(i + 1) : 0; // NaN past the end fails both tests
      if (low >= 0xdc00 && low <= 0xdfff) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        i++;
      } else point = 0xfffd;
    }
    if (point < 0x800) hash = Math.imul(hash ^ (0xc0 | (point >> 6)), FNV_PRIME);
    else {
      if (point < 0x10000) hash = Math.imul(hash ^ (0xe0 | (point >> 12)), FNV_PRIME);
      else {
        hash = Math.imul(hash ^ (0xf0 | (point >> 18)), FNV_PRIME);
        hash = Math.imul(hash ^ (0x80 | ((point >> 12) & 0x3f)), FNV_PRIME);
      }
      hash = Math.imul(hash ^ (0x80 | ((point >> 6) & 0x3f)), FNV_PRIME);
    }
    hash = Math.imul(hash ^ (0x80 | (point & 0x3f)), FNV_PRIME);
  }
  return hash >>> 0;
}

/**
 * The hash that names a server on the wire and in decisions: FNV-1a of its name, with 0 (= "no server")
 * moved to 1.
 *
 * @param name The server's name.
 */
export function serverHash(name: string): number {
  return fnv1a(name) || 1;
}

/**
 * Murmur3's finaliser: every input bit changes every output bit with a chance of about one half.
 *
 * @param h Any 32-bit integer.
 * @returns Signed 32-bit integer (a bijection of the input).
 */
export function mix32(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
