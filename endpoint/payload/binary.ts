/**
 * Binary data: buffers and what looks into them.
 *
 * @module
 */
import type { PayloadEncoder } from "./encoder.ts";
import { BARE_BUFFER, BINARY, Ext } from "./format.ts";
import { getterOf, notReally, read } from "./intrinsics.ts";
import { PayloadRefusal } from "./refusal.ts";

const { getPrototypeOf, hasOwn } = Object;
const codes = new Map(BINARY.map(({ name }, code) => [name, code]));
const BytesPrototype = Uint8Array.prototype;
const typedArray = getPrototypeOf(BytesPrototype);
const classOf = getterOf(typedArray, Symbol.toStringTag);
const arrayBuffer = getterOf(typedArray, "buffer");
const arrayOffset = getterOf(typedArray, "byteOffset");
const arrayBytes = getterOf(typedArray, "byteLength");
/** Throws for an array whose buffer is detached, or has become too small for it. */
const arrayKeys: () => unknown = typedArray.keys;
const viewBuffer = getterOf(DataView.prototype, "buffer");
const viewOffset = getterOf(DataView.prototype, "byteOffset");
const viewBytes = getterOf(DataView.prototype, "byteLength");
const bufferBytes = getterOf(ArrayBuffer.prototype, "byteLength");
const isDetached = getterOf(ArrayBuffer.prototype, "detached");

/**
 * The bytes of a `Uint8Array`, or of an array of a class that extends it.
 *
 * @param value Anything.
 * @returns The value itself, or a view of it when its own properties, or those of its class, hide the built-in ones;
 *   `undefined` for all other kinds.
 * @throws {PayloadRefusal} When its buffer is detached.
 */
export function bareBytes(value: object): Uint8Array | undefined {
  if (!ArrayBuffer.isView(value) || classOf.call(value) !== "Uint8Array") return undefined;
  const bytes = value as Uint8Array;
  if (arrayBytes.call(bytes) === 0) assertAttached(bytes);
  if (
    getPrototypeOf(bytes) === BytesPrototype && !hasOwn(bytes, "length") &&
    !hasOwn(bytes, "subarray") && !hasOwn(bytes, "constructor")
  ) return bytes;
  return new Uint8Array(arrayBuffer.call(bytes), arrayOffset.call(bytes), arrayBytes.call(bytes));
}

/** Writes a typed array or a `DataView`: the part that it shows. */
export function writeView(encoder: PayloadEncoder, value: object, at: number): number {
  if (!ArrayBuffer.isView(value)) throw notReally("typed array or a DataView");
  const name = classOf.call(value);
  if (name === undefined) {
    const count = attached(() => viewBytes.call(value));
    const bytes = new Uint8Array(viewBuffer.call(value), viewOffset.call(value), count);
    return writeNamed(encoder, "DataView", bytes, at);
  }
  const count: number = arrayBytes.call(value);
  if (count === 0) assertAttached(value);
  const bytes = new Uint8Array(arrayBuffer.call(value), arrayOffset.call(value), count);
  return name === "Uint8Array"
    ? writeBytes(encoder, bytes, at)
    : writeNamed(encoder, name, bytes, at);
}

/** Writes an `ArrayBuffer`. */
export function writeBuffer(encoder: PayloadEncoder, value: object, at: number): number {
  read(bufferBytes, value, "ArrayBuffer");
  if (isDetached.call(value)) throw new PayloadRefusal("is a detached ArrayBuffer");
  return writeCoded(encoder, BARE_BUFFER, new Uint8Array(value as ArrayBuffer), at);
}

function writeBytes(encoder: PayloadEncoder, bytes: Uint8Array, at: number): number {
  const count = bytes.length;
  encoder.reserve(at, count + 5);
  const into = encoder.bytes;
  if (count < 0x100) {
    into[at++] = 0xc4;
    into[at++] = count;
  } else if (count < 0x10000) {
    into[at++] = 0xc5;
    into[at++] = count >> 8;
    into[at++] = count;
  } else {
    into[at] = 0xc6;
    encoder.view.setUint32(at + 1, count);
    at += 5;
  }
  into.set(bytes, at);
  return at + count;
}

function writeNamed(
  encoder: PayloadEncoder,
  name: string,
  bytes: Uint8Array,
  at: number,
): number {
  const code = codes.get(name);
  if (code === undefined) throw new PayloadRefusal(`is a ${name}, which cannot be sent`);
  return writeCoded(encoder, code, bytes, at);
}

function writeCoded(
  encoder: PayloadEncoder,
  code: number,
  bytes: Uint8Array,
  at: number,
): number {
  encoder.reserve(at, bytes.length + 7);
  const from = encoder.openExt(Ext.BINARY, at);
  encoder.bytes[from] = code;
  encoder.bytes.set(bytes, from + 1);
  return encoder.closeExt(at, from + 1 + bytes.length);
}

function assertAttached(array: object): void {
  attached(() => arrayKeys.call(array));
}

function attached<T>(look: () => T): T {
  try {
    return look();
  } catch {
    throw new PayloadRefusal("is a view of a detached or shrunken ArrayBuffer");
  }
}
