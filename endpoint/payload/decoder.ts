/**
 * MessagePack → value. The bytes may be a stranger's: every length is compared with what is there before it is
 * believed, depth is bounded, no code is made of what is read.
 *
 * @module
 */
import { CODEC_KEPT_BYTES, PAYLOAD_LEVELS_MAX } from "../../limits.ts";
import { Ext } from "./format.ts";
import { isInherited, KeyCache } from "./key_cache.ts";
import { readExt } from "./odd_bytes.ts";
import { readText } from "./read_text.ts";

const NO_BYTES = new Uint8Array(0);

/** Reads one value at a time. What it gives out shares no memory with the bytes. */
export class PayloadDecoder {
  /** What is read from. */
  bytes: Uint8Array = NO_BYTES;
  /** A view of {@linkcode bytes}. */
  view: DataView = new DataView(NO_BYTES.buffer);
  /** Where reading goes on. */
  at = 0;
  /** The end of the payload, or of the extension that is read. */
  end = 0;
  #depth = 0;
  /** Elements that may still be announced: each takes a byte at least. */
  #elements = 0;
  readonly #keys = new KeyCache();

  /**
   * Decodes `bytes[start, end)`, which must be exactly one value.
   *
   * @returns The value; it shares no memory with `bytes`.
   * @throws {Error} When the bytes are no such thing.
   */
  decode(bytes: Uint8Array, start: number, end: number): unknown {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.at = start;
    this.end = end;
    this.#depth = 0;
    this.#elements = end - start;
    try {
      const value = this.read();
      if (this.at !== end) {
        throw new Error(`its value ends ${this.at - start} bytes after its start`);
      }
      return value;
    } finally {
      if (bytes.length > CODEC_KEPT_BYTES) this.bytes = NO_BYTES;
    }
  }

  /** Reads a value. */
  read(): unknown {
    const { bytes } = this;
    if (this.at >= this.end) throw new Error("it is cut");
    // It lies before the end.
    const token = bytes[this.at++]!;
    if (token < 0x80) return token;
    if (token < 0x90) return this.#readObject(token & 0x0f);
    if (token < 0xa0) return this.#readArray(token & 0x0f);
    if (token < 0xc0) return this.#readString(token & 0x1f);
    if (token >= 0xe0) return token - 0x100;
    const { view, at } = this;
    switch (token) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6: {
        const start = this.skip(this.#readLength(token - 0xc4));
        return bytes.slice(start, this.at);
      }
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#readExt(this.#readLength(token - 0xc7));
      case 0xca:
        this.at = at + 4;
        return view.getFloat32(at);
      case 0xcb:
        this.at = at + 8;
        return view.getFloat64(at);
      case 0xcc:
        this.at = at + 1;
        return view.getUint8(at);
      case 0xcd:
        this.at = at + 2;
        return view.getUint16(at);
      case 0xce:
        this.at = at + 4;
        return view.getUint32(at);
      case 0xcf:
        this.at = at + 8;
        return view.getBigUint64(at);
      case 0xd0:
        this.at = at + 1;
        return view.getInt8(at);
      case 0xd1:
        this.at = at + 2;
        return view.getInt16(at);
      case 0xd2:
        this.at = at + 4;
        return view.getInt32(at);
      case 0xd3:
        this.at = at + 8;
        return view.getBigInt64(at);
      case 0xd4:
        if (bytes[at] === Ext.VOID && bytes[at + 1] === 0) {
          this.at = at + 2;
          return undefined;
        }
        return this.#readExt(1);
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#readExt(1 << token - 0xd4);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#readString(this.#readLength(token - 0xd9));
      case 0xdc:
      case 0xdd:
        return this.#readArray(this.#readLength(token - 0xdb));
      case 0xde:
      case 0xdf:
        return this.#readObject(this.#readLength(token - 0xdd));
      default:
        throw new Error("it has a byte 0xc1");
    }
  }

  /** Goes over `count` bytes; returns where they begin. */
  skip(count: number): number {
    const { at } = this;
    if (count > this.end - at) throw new Error("it is cut");
    this.at = at + count;
    return at;
  }

  #readLength(sizeLog2: number): number {
    const at = this.skip(1 << sizeLog2);
    // `skip()` has looked that it is there.
    if (sizeLog2 === 0) return this.bytes[at]!;
    return sizeLog2 === 1 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  #readString(length: number): string {
    const { at, bytes } = this;
    if (length > this.end - at) throw new Error("it is cut");
    this.at = at + length;
    return readText(bytes, at, length);
  }

  #enter(elements: number): void {
    // Nested arrays each announce what is left; together they may not announce more than that.
    if ((this.#elements -= elements) < 0) throw new Error("it announces more than it has");
    if (++this.#depth > PAYLOAD_LEVELS_MAX) {
      throw new Error(`it is deeper than ${PAYLOAD_LEVELS_MAX} levels`);
    }
  }

  #readArray(length: number): unknown[] {
    this.#enter(length);
    const array = new Array(length);
    for (let i = 0; i < length; i++) array[i] = this.read();
    this.#depth--;
    return array;
  }

  #readObject(count: number): Record<string, unknown> {
    this.#enter(2 * count);
    const object: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = this.#readKey();
      if (this.#keys.isInherited) {
        // An assignment would set the prototype, call a setter, or fail where `Object.prototype` is frozen.
        const value = this.read();
        Object.defineProperty(object, key, {
          value,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      } else object[key] = this.read();
    }
    this.#depth--;
    return object;
  }

  #readKey(): string {
    const { bytes, at, end } = this;
    // At the end it is no number, and fits nothing below.
    const length = bytes[at]! - 0xa0;
    if (at < end && length >= 0 && length < 0x20 && length < end - at) {
      this.at = at + 1 + length;
      return this.#keys.get(bytes, at + 1, length);
    }
    const key = this.read();
    if (typeof key !== "string") throw new Error("a property of an object is no text");
    this.#keys.isInherited = isInherited(key);
    return key;
  }

  #readExt(length: number): unknown {
    const { end } = this;
    const start = this.skip(length + 1);
    // `skip()` has looked that it is there.
    const type = this.bytes[start]!;
    const to = this.at;
    this.#enter(0);
    this.at = start + 1;
    this.end = to;
    const value = readExt(this, type, to);
    if (this.at !== to) throw new Error(`an extension of type ${type} has another length`);
    this.end = end;
    this.#depth--;
    return value;
  }
}
