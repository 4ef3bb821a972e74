/**
 * Payloads as MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), and what this format
 * adds to it: the extension types below. docs/wire_protocol.md describes them.
 *
 * @module
 */

/** Extension types, 0 to 127 as the specification leaves them to applications. */
export const Ext = {
  /** `undefined`: one byte, 0. */
  VOID: 0,
  /** Array with holes: u32 length, an array of its first elements, an array of index and element in turn. */
  SPARSE: 0x61,
  /** Boxed primitive: the primitive. */
  BOXED: 0x62,
  /** Date: f64, milliseconds since the epoch, NaN for an invalid one. */
  DATE: 0x64,
  /** Error: its built-in class, a map of its properties. */
  ERROR: 0x65,
  /** Map: an array of key and value in turn. */
  MAP: 0x6d,
  /** Integer of more than 64 bits: 0 or 1 (negative), then its absolute value, big-endian. */
  INTEGER: 0x6e,
  /** Set: an array of its members. */
  SET: 0x73,
  /** Binary data: a byte that names its class (see {@linkcode BINARY}), the bytes. */
  BINARY: 0x74,
  /** Text that is no well-formed UTF-16: its units, little-endian. */
  TEXT: 0x75,
  /** RegExp: its source, its flags. */
  REGEXP: 0x78,
} as const;

/** Classes of binary data; its place is the byte that names a class. A `Uint8Array` is MessagePack's `bin`. */
export const BINARY: readonly (new (buffer: ArrayBuffer) => unknown)[] = [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float16Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
];
/** The byte that names an `ArrayBuffer`. */
export const BARE_BUFFER = 0xff;

/** Built-in classes of errors that arrive as themselves; every other one arrives as the one that it extends. */
export const ERRORS: ReadonlyMap<string, ErrorConstructor> = new Map(
  Object.entries({
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
    AggregateError: AggregateError as unknown as ErrorConstructor,
    SuppressedError: SuppressedError as unknown as ErrorConstructor,
  }),
);

/** Properties of an error that are not enumerable when the language makes them. */
export const ERROR_PROPERTIES: ReadonlySet<string> = new Set([
  "name",
  "message",
  "cause",
  "errors",
  "error",
  "suppressed",
]);
