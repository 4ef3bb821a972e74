/**
 * Bytes by which one sees whose they are, and whether they are whole.
 *
 * @module
 */

/** The bytes that belong to a call's number (and to the index of an item). */
export function patternOf(call: number, bytes: number, item = 0): Uint8Array {
  const pattern = new Uint8Array(bytes);
  const from = call * 31 + item * 7;
  for (let i = 0; i < bytes; i++) pattern[i] = (from + i * 13 + (i >> 8)) & 0xff;
  return pattern;
}

/** Whether bytes are those. */
export function isPattern(bytes: unknown, call: number, wanted: number, item = 0): boolean {
  if (!(bytes instanceof Uint8Array) || bytes.length !== wanted) return false;
  const from = call * 31 + item * 7;
  for (let i = 0; i < wanted; i++) {
    if (bytes[i] !== ((from + i * 13 + (i >> 8)) & 0xff)) return false;
  }
  return true;
}
