/**
 * UTF-8 without an allocation per string: short strings are written and measured in place.
 *
 * @module
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that `text` takes in UTF-8 (a lone surrogate counts as U+FFFD, as `TextEncoder` writes it). */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
    } else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 2; // the pair is two units and four bytes
      i++;
    } else {
      bytes += 2;
    }
  }
  return bytes;
}

/**
 * Writes `text` at `offset`.
 *
 * @returns The offset after it. The caller has measured it with {@linkcode utf8Bytes}: it fits.
 */
export function writeUtf8(into: Uint8Array, offset: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) {
      return offset + i + encoder.encodeInto(text.slice(i), into.subarray(offset + i)).written;
    }
    into[offset + i] = unit;
  }
  return offset + text.length;
}

/** The text in `bytes[start, end)`; `undefined` when that is not UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** The longest prefix of `text` that takes at most `maxBytes` of UTF-8, never half a character. */
export function clipUtf8(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || utf8Bytes(text) <= maxBytes) return text;
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
