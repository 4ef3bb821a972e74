/**
 * UTF-8 → text, nothing lost: no byte order mark is taken away, nothing malformed is replaced.
 *
 * @module
 */
import { Buffer } from "node:buffer";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const fromCharCode = String.fromCharCode;
/** Five times as fast as a `TextDecoder` for short text; it replaces what is malformed, and keeps a byte order mark. */
const utf8Slice: (this: Uint8Array, start: number, end: number) => string =
  (Buffer.prototype as unknown as { utf8Slice: typeof utf8Slice }).utf8Slice;

/**
 * The text in `bytes[at, at + length)`.
 *
 * @throws {TypeError} When that is not UTF-8.
 */
export function readText(bytes: Uint8Array, at: number, length: number): string {
  if (length <= 8) {
    const text = readAscii(bytes, at, length);
    if (text !== undefined) return text;
  }
  const end = at + length;
  const text = utf8Slice.call(bytes, at, end);
  return text.includes("\ufffd") ? strict.decode(bytes.subarray(at, end)) : text;
}

function readAscii(bytes: Uint8Array, at: number, length: number): string | undefined {
  let seen = 0;
  // The caller has looked that all bytes are there.
  for (let i = 0; i < length; i++) seen |= bytes[at + i]!;
  if (seen >= 0x80) return undefined;
  // Four are there at least.
  const a = bytes[at]!, b = bytes[at + 1]!, c = bytes[at + 2]!, d = bytes[at + 3]!;
  switch (length) {
    case 0:
      return "";
    case 1:
      return fromCharCode(a);
    case 2:
      return fromCharCode(a, b);
    case 3:
      return fromCharCode(a, b, c);
    case 4:
      return fromCharCode(a, b, c, d);
  }
  // And eight.
  const e = bytes[at + 4]!, f = bytes[at + 5]!, g = bytes[at + 6]!, h = bytes[at + 7]!;
  switch (length) {
    case 5:
      return fromCharCode(a, b, c, d, e);
    case 6:
      return fromCharCode(a, b, c, d, e, f);
    case 7:
      return fromCharCode(a, b, c, d, e, f, g);
    default:
      return fromCharCode(a, b, c, d, e, f, g, h);
  }
}
