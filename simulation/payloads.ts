/**
 * Bytes by which one sees whose they are, and whether they are whole.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Bytes without order, in which a place is known by what stands there. A prime: no size of a frame divides it. */
const CHAOS_BYTES = 65_521;
const chaos = new Uint8Array(CHAOS_BYTES);
for (let i = 0, word = 1; i < CHAOS_BYTES; i++) {
  word = (Math.imul(word, 1_664_525) + 1_013_904_223) | 0;
  chaos[i] = word >>> 24;
}

/** Far quicker than a loop. */
const { compare } = Buffer;

/** Where in them the bytes of a call (and of an item) begin. */
function placeOf(call: number, item: number): number {
  return (Math.imul(call + 1, 0x9e37_79b1) + Math.imul(item, 0x85eb_ca6b) >>> 0) % CHAOS_BYTES;
}

/** The bytes that belong to a call's number (and to the index of an item). */
export function patternOf(call: number, bytes: number, item = 0): Uint8Array {
  const pattern = new Uint8Array(bytes);
  let from = placeOf(call, item);
  for (let at = 0; at < bytes;) {
    const some = chaos.subarray(from, from + bytes - at);
    pattern.set(some, at);
    at += some.length;
    from = 0;
  }
  return pattern;
}

/** Whether bytes are those. */
export function isPattern(bytes: unknown, call: number, wanted: number, item = 0): boolean {
  if (!(bytes instanceof Uint8Array) || bytes.length !== wanted) return false;
  let from = placeOf(call, item);
  for (let at = 0; at < wanted;) {
    const some = chaos.subarray(from, from + wanted - at);
    if (compare(some, bytes.subarray(at, at + some.length)) !== 0) return false;
    at += some.length;
    from = 0;
  }
  return true;
}
