/**
 * Extensions → values: the other half of `odd_values.ts`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { INTEGER_MAX_BYTES } from "../../limits.ts";
import type { PayloadDecoder } from "./decoder.ts";
import { BARE_BUFFER, BINARY, ERROR_PROPERTIES, ERRORS, Ext } from "./format.ts";

type Reader = (decoder: PayloadDecoder, end: number) => unknown;

const readers: Readonly<Record<number, Reader>> = {
  [Ext.SPARSE]: readSparse,
  [Ext.BOXED]: (decoder) => {
    const value = decoder.read();
    if (value === null || typeof value === "object" || value === undefined) {
      throw new Error("a boxed primitive is none");
    }
    return Object(value);
  },
  [Ext.DATE]: (decoder) => new Date(decoder.view.getFloat64(decoder.skip(8))),
  [Ext.ERROR]: readError,
  [Ext.MAP]: (decoder) => {
    const entries = readArray(decoder);
    if (entries.length % 2 !== 0) throw new Error("a map lacks a value");
    const map = new Map();
    for (let i = 0; i < entries.length; i += 2) map.set(entries[i], entries[i + 1]);
    return map;
  },
  [Ext.INTEGER]: readInteger,
  [Ext.SET]: (decoder) => new Set(readArray(decoder)),
  [Ext.BINARY]: readBinary,
  [Ext.TEXT]: (decoder, end) => {
    const { view } = decoder;
    const start = decoder.skip(end - decoder.at);
    if ((end - start) % 2 !== 0) throw new Error("half a unit of text");
    const parts: string[] = [];
    for (let from = start; from < end; from += 8_192) {
      const units: number[] = [];
      for (let at = from; at < Math.min(end, from + 8_192); at += 2) {
        units.push(view.getUint16(at, true));
      }
      parts.push(String.fromCharCode(...units));
    }
    return parts.join("");
  },
  [Ext.REGEXP]: (decoder) => new RegExp(readString(decoder), readString(decoder)),
};

/**
 * Reads an extension's content.
 *
 * @param decoder The decoder: it stands behind the type.
 * @param type The extension's type.
 * @param end Where the content ends.
 * @throws {Error} When it is malformed, or of an unknown type.
 */
export function readExt(decoder: PayloadDecoder, type: number, end: number): unknown {
  const reader = readers[type];
  if (reader === undefined) throw new Error(`an extension of the unknown type ${type}`);
  return reader(decoder, end);
}

function readArray(decoder: PayloadDecoder): unknown[] {
  const value = decoder.read();
  if (!Array.isArray(value)) throw new Error("an extension lacks its array");
  return value;
}

function readString(decoder: PayloadDecoder): string {
  const value = decoder.read();
  if (typeof value !== "string") throw new Error("an extension lacks its text");
  return value;
}

function readSparse(decoder: PayloadDecoder): unknown[] {
  const length = decoder.view.getUint32(decoder.skip(4));
  const array = readArray(decoder);
  const later = readArray(decoder);
  let next = array.length + 1;
  if (next > length) throw new Error("an array with a hole has none");
  // Far behind its elements: so the engine makes no room for what is not there.
  const last = Math.max(length - 1, 0);
  array[last] = undefined;
  delete array[last];
  for (let i = 0; i < later.length; i += 2) {
    const index: unknown = later[i];
    if (
      typeof index !== "number" || !(index >= next) || index >= length || i + 1 === later.length
    ) {
      throw new Error("an array with holes has a wrong index");
    }
    array[index] = later[i + 1];
    next = index + 1;
  }
  return array;
}

function readInteger(decoder: PayloadDecoder, end: number): bigint {
  const start = decoder.skip(end - decoder.at);
  const sign = decoder.bytes[start] ?? 0;
  if (end - start < 2 || end - start - 1 > INTEGER_MAX_BYTES || sign > 1) {
    throw new Error("a malformed integer");
  }
  const { buffer, byteOffset } = decoder.bytes;
  const digits = Buffer.from(buffer, byteOffset + start + 1, end - start - 1).toString("hex");
  const size = BigInt(`0x${digits}`);
  return sign === 1 ? -size : size;
}

function readBinary(decoder: PayloadDecoder, end: number): unknown {
  const start = decoder.skip(end - decoder.at);
  if (start === end) throw new Error("binary data without a class");
  const code = decoder.bytes[start] ?? 0;
  const { buffer } = decoder.bytes.slice(start + 1, end) as Uint8Array<ArrayBuffer>;
  if (code === BARE_BUFFER) return buffer;
  const Class = BINARY[code];
  if (Class === undefined) throw new Error("binary data of an unknown class");
  // A length that the class's elements do not divide is refused by its constructor.
  return new Class(buffer);
}

function readError(decoder: PayloadDecoder): Error | DOMException {
  const className = readString(decoder);
  const properties = decoder.read();
  if (typeof properties !== "object" || properties === null || Array.isArray(properties)) {
    throw new Error("an error without properties");
  }
  if (className === "DOMException") {
    const { message, name } = properties as Record<string, unknown>;
    return new DOMException(String(message), String(name));
  }
  const base = ERRORS.get(className);
  if (base === undefined) throw new Error("an error of an unknown class");
  const error = className === "AggregateError" ? new AggregateError([]) : new base();
  for (const [key, value] of Object.entries(properties)) {
    define(error, key, value, !ERROR_PROPERTIES.has(key));
  }
  // Where it was made is in the log of its server; where it was decoded tells nothing.
  define(error, "stack", `${error.name}: ${error.message}`, false);
  return error;
}

function define(object: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, key, { value, enumerable, writable: true, configurable: true });
}
