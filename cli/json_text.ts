/**
 * Replies as JSON: MessagePack carries more than JSON can say.
 *
 * @module
 */

/**
 * A value as one line of JSON. Bytes become `{"base64": …}`, a `Map` an object (a list of pairs if its keys
 * are not all texts), a `Set` a list, a `Date` an ISO text, a `bigint` its digits, `undefined` null.
 *
 * @param value What a handler replied.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(plain(value)) ?? "null";
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) {
    if (value instanceof Uint8Array) return { base64: value.toBase64() };
    if (value instanceof DataView) return plain(bytesOf(value));
    return Array.from(value as unknown as Iterable<unknown>, plain);
  }
  if (value instanceof ArrayBuffer) return plain(new Uint8Array(value));
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, plain);
  if (value instanceof Map) {
    const pairs = [...value].map(([key, item]) => [key, plain(item)] as const);
    return pairs.every(([key]) => typeof key === "string")
      ? Object.fromEntries(pairs)
      : pairs.map(([key, item]) => [plain(key), item]);
  }
  if (value instanceof Error) return { name: value.name, message: value.message };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function bytesOf({ buffer, byteOffset, byteLength }: DataView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
