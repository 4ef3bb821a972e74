/**
 * Metadata: key/value pairs of a call or of an error, encoded as `u16 length, UTF-8` for each key and
 * each value in turn.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { METADATA_MAX_BYTES, METADATA_TEXT_MAX_BYTES } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { readUtf8, utf8Bytes, writeUtf8 } from "./utf8.ts";

/**
 * Bytes that `metadata` takes encoded.
 *
 * @throws {MeshError} `INVALID_ARGUMENT` when a value is no string or no Unicode, or all of it exceeds 64 KiB.
 */
export function metadataBytes(metadata: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const key of Object.keys(metadata)) {
    const value = metadata[key];
    if (typeof value !== "string") {
      throw new MeshError(
        "INVALID_ARGUMENT",
        `metadata "${key}" is a ${typeof value}; metadata values are strings`,
        { started: false },
      );
    }
    if (!value.isWellFormed() || !key.isWellFormed()) {
      throw new MeshError(
        "INVALID_ARGUMENT",
        `metadata ${
          JSON.stringify(key)
        } has a lone surrogate, which is no Unicode text: send it as input`,
        { started: false },
      );
    }
    const keyBytes = utf8Bytes(key);
    const valueBytes = utf8Bytes(value);
    bytes += 4 + keyBytes + valueBytes;
    if (
      keyBytes > METADATA_TEXT_MAX_BYTES || valueBytes > METADATA_TEXT_MAX_BYTES ||
      bytes > METADATA_MAX_BYTES
    ) {
      reached("METADATA_MAX_BYTES");
      throw new MeshError(
        "INVALID_ARGUMENT",
        `metadata takes ${bytes} bytes or more, ${METADATA_MAX_BYTES} are allowed: send it as input`,
        { started: false },
      );
    }
  }
  return bytes;
}

/**
 * Writes `metadata` at `offset`; the caller has measured it with {@linkcode metadataBytes}.
 *
 * @returns The offset after it.
 */
export function writeMetadata(
  into: Uint8Array,
  offset: number,
  metadata: Readonly<Record<string, string>>,
): number {
  for (const key of Object.keys(metadata)) {
    offset = writeText(into, writeText(into, offset, key), metadata[key] ?? "");
  }
  return offset;
}

/**
 * Encodes `metadata` into memory of its own.
 *
 * @throws {MeshError} As {@linkcode metadataBytes}.
 */
export function encodeMetadata(metadata: Readonly<Record<string, string>>): Uint8Array {
  const bytes = new Uint8Array(metadataBytes(metadata));
  writeMetadata(bytes, 0, metadata);
  return bytes;
}

/**
 * The pairs in `bytes[start, end)`.
 *
 * @returns `undefined` when they are malformed: cut, longer than 64 KiB, not UTF-8, or a key twice.
 */
export function parseMetadata(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Record<string, string> | undefined {
  if (end - start > METADATA_MAX_BYTES) return undefined;
  const metadata: Record<string, string> = {};
  let at = start;
  while (at < end) {
    const keyEnd = textEnd(bytes, at, end);
    if (keyEnd < 0) return undefined;
    const valueEnd = textEnd(bytes, keyEnd, end);
    if (valueEnd < 0) return undefined;
    const key = readUtf8(bytes, at + 2, keyEnd);
    const value = readUtf8(bytes, keyEnd + 2, valueEnd);
    if (key === undefined || value === undefined || Object.hasOwn(metadata, key)) return undefined;
    if (key === "__proto__") { // a plain assignment would set the prototype
      Object.defineProperty(metadata, key, {
        value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    } else {
      metadata[key] = value;
    }
    at = valueEnd;
  }
  return metadata;
}

function writeText(into: Uint8Array, offset: number, text: string): number {
  const end = writeUtf8(into, offset + 2, text);
  const length = end - offset - 2;
  into[offset] = length;
  into[offset + 1] = length >>> 8;
  return end;
}

function textEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const textEnd = at + 2 + ((bytes[at] ?? 0) | (bytes[at + 1] ?? 0) << 8);
  return textEnd > end ? -1 : textEnd;
}
