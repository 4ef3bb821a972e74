/**
 * W3C trace context (https://www.w3.org/TR/trace-context/) as 25 bytes: trace id 16, parent id 8, flags 1.
 *
 * @module
 */

/** Bytes of a trace context in a request head. */
export const TRACEPARENT_BYTES = 25;

const TEXT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * The 25 bytes of a `traceparent` header.
 *
 * @param text For instance `"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"`.
 * @returns `undefined` when the text is no valid trace context (then there is none to pass on).
 */
export function traceparentFromText(text: string): Uint8Array | undefined {
  const match = TEXT.exec(text);
  if (match === null) return undefined;
  const [, traceId = "", parentId = "", flags = "", rest] = match;
  if (rest !== undefined && text.startsWith("00")) return undefined; // version 0 has no more fields
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  const digits = traceId + parentId + flags;
  const bytes = new Uint8Array(TRACEPARENT_BYTES);
  for (let i = 0; i < TRACEPARENT_BYTES; i++) {
    bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

/** The `traceparent` header of the 25 bytes at `offset`. */
export function traceparentToText(bytes: Uint8Array, offset = 0): string {
  const digits = bytes.subarray(offset, offset + TRACEPARENT_BYTES).toHex();
  return `00-${digits.slice(0, 32)}-${digits.slice(32, 48)}-${digits.slice(48)}`;
}
