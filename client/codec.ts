/**
 * Payload ↔ bytes: MessagePack by msgpackr; a bare `Uint8Array` is its own encoding.
 *
 * @module
 */
import { addExtension, Packr, RESET_BUFFER_MODE, Unpackr } from "../deps/msgpackr.ts";
import { MeshError } from "../errors.ts";
import { Flag } from "../wire/frame.ts";
import type { Payload } from "./types.ts";

const OPTIONS = {
  moreTypes: true,
  int64AsType: "bigint",
  useBigIntExtension: true,
  // Without it the bytes of a decoded `Buffer` would be a view of a buffer that is soon used again.
  copyBuffers: true,
} as const;

/**
 * Plain objects as MessagePack maps: the fast way, but a `Map` would look like an object. msgpackr asks
 * for `mapAsEmptyObject` only when it meets a `Map`, so a getter tells us when the other way is needed.
 */
class ObjectPackr extends Packr {
  sawMap = false;
  get mapAsEmptyObject(): boolean {
    this.sawMap = true;
    return true;
  }
}

const objectPackr = new ObjectPackr({ ...OPTIONS, useRecords: false });
const recordPackr = new Packr({ ...OPTIONS, useRecords: true });
const objectUnpackr = new Unpackr({ ...OPTIONS, useRecords: false });
const recordUnpackr = new Unpackr({ ...OPTIONS, useRecords: true });

/** The arrays that MessagePack, as msgpackr speaks it, has a code for. Their subclasses travel as one of them. */
const ARRAYS = new Map<
  string,
  new (buffer: ArrayBufferLike, at: number, length: number) => unknown
>(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((array) => [array.name, array]),
);

/** A typed array that msgpackr would write with a code that nobody can read. */
class OtherArray {
  static [Symbol.hasInstance](value: unknown): boolean {
    return ArrayBuffer.isView(value) && !(value instanceof DataView) &&
      !ARRAYS.has(value.constructor.name) && value.constructor.name !== "Buffer";
  }
}

addExtension({
  Class: OtherArray,
  write({ buffer, byteOffset, length, [Symbol.toStringTag]: base }: Uint8Array) {
    const array = ARRAYS.get(base);
    if (array === undefined) throw new TypeError(`a ${base} cannot be sent`);
    return new array(buffer, byteOffset, length);
  },
});

const NOTHING = new Uint8Array(0);

/** Flags of the payload that {@linkcode encodePayload} returned last: none, `Flag.BYTES` or `Flag.MAPS`. */
export let payloadFlags = 0;

/**
 * Encodes a payload.
 *
 * @param value Anything MessagePack carries; `undefined` takes no bytes.
 * @returns The bytes, valid until the next call (a `Uint8Array` is returned itself);
 *   {@linkcode payloadFlags} belongs to them.
 * @throws {MeshError} `INVALID_ARGUMENT` when the value has a symbol or a cycle in it.
 */
export function encodePayload(value: Payload): Uint8Array {
  payloadFlags = 0;
  if (value === undefined) return NOTHING;
  if (value instanceof Uint8Array && value.constructor === Uint8Array) {
    payloadFlags = Flag.BYTES;
    return value;
  }
  try {
    objectPackr.sawMap = false;
    const bytes = objectPackr.pack(value, RESET_BUFFER_MODE);
    if (!objectPackr.sawMap) return bytes;
    payloadFlags = Flag.MAPS;
    return recordPackr.pack(value, RESET_BUFFER_MODE);
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause);
    throw new MeshError("INVALID_ARGUMENT", `cannot encode the value as MessagePack: ${seen}`, {
      started: false,
      cause,
    });
  }
}

/**
 * Decodes a payload. What it returns shares no memory with `bytes`.
 *
 * @param bytes The buffer.
 * @param start Offset of the payload.
 * @param end Offset behind it.
 * @param flags The message's flags.
 * @throws {MeshError} `DATA_LOSS` when the bytes are not what the flags say.
 */
export function decodePayload(
  bytes: Uint8Array,
  start: number,
  end: number,
  flags: number,
): Payload {
  if (flags & Flag.BYTES) return bytes.slice(start, end);
  if (start === end) return undefined;
  try {
    const unpackr = flags & Flag.MAPS ? recordUnpackr : objectUnpackr;
    return unpackr.unpack(bytes, { start, end });
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause);
    throw new MeshError("DATA_LOSS", `cannot decode a payload of ${end - start} bytes: ${seen}`, {
      cause,
    });
  }
}
