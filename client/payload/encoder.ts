/**
 * Value → MessagePack. What JSON has is written here, fast; all other kinds in `odd_values.ts`.
 *
 * Reading a value may run code of the user: a getter, a trap of a proxy. That code may throw, change what is
 * being read, or make a call of its own, which encodes another value. So nothing is read twice, every position
 * is an argument and no state, and whoever encodes while an encoder is at work takes another one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { CODEC_KEPT_BYTES, PAYLOAD_DEPTH_MAX } from "../../limits.ts";
import { Ext } from "./format.ts";
import { writeOdd } from "./odd_values.ts";
import { writeSparse } from "./sparse.ts";
import { propertyStep, Refusal } from "./refusal.ts";

/** Bytes of a new encoder's buffer. */
const START_BYTES = 16_384;
/** What may be written without asking for room: the longest of headers and numbers, and an `undefined`. */
const SLACK_BYTES = 16;
/** Longer text is written by the platform. */
const SHORT_TEXT_CHARS = 40;
/** Longer text is measured first, instead of making room for the longest case. */
const LONG_TEXT_CHARS = 4_096;
/** By how much the room that is asked for may exceed what is written. */
const ESTIMATE_MAX_BYTES = 4 * LONG_TEXT_CHARS;
/** From this depth on cycles are looked for. */
const CYCLES_FROM_DEPTH = 16;

const ObjectPrototype = Object.prototype;
const { getPrototypeOf, hasOwn, keys: keysOf } = Object;
const { isArray } = Array;
const utf8 = new TextEncoder();
const NOTHING = {};

/** See the module's description. */
export class PayloadEncoder {
  /** Whether it is at work. */
  busy = false;
  /** Where the bytes go; another array after each call that writes. */
  bytes = new Uint8Array(START_BYTES);
  /** A view of {@linkcode bytes}. */
  view = new DataView(this.bytes.buffer);
  #roomEnd = START_BYTES - SLACK_BYTES;
  #maxBytes = 0;
  /** Whether plain objects inherit something that a loop over them would meet. */
  #inherited = false;
  #depth = 0;
  /** Containers from depth {@linkcode CYCLES_FROM_DEPTH} on. */
  #deep: unknown[] = [];

  /**
   * Encodes a value.
   *
   * @param value Anything.
   * @param root What it is called in an error: `"input"`, `"reply"`, `"item"`.
   * @param maxBytes More are not written.
   * @returns The bytes, valid until the encoder is used again.
   * @throws {MeshError} `INVALID_ARGUMENT` with the path to what cannot be sent; `RESOURCE_EXHAUSTED`.
   */
  encode(value: unknown, root: string, maxBytes: number): Uint8Array {
    this.busy = true;
    this.#depth = 0;
    this.#maxBytes = maxBytes;
    this.#inherited = false;
    for (const _ in NOTHING) this.#inherited = true;
    try {
      const end = this.write(value, 0);
      return this.bytes.subarray(0, end);
    } catch (thrown) {
      throw Refusal.of(thrown).toError(root);
    } finally {
      this.busy = false;
      if (this.#deep.length > 0) this.#deep = [];
      if (this.bytes.length > CODEC_KEPT_BYTES) this.#use(new Uint8Array(START_BYTES));
    }
  }

  /**
   * Writes a value at `at`.
   *
   * @returns The offset behind it.
   * @throws {Refusal} When it cannot be sent.
   */
  write(value: unknown, at: number): number {
    if (at > this.#roomEnd) this.#grow(at, SLACK_BYTES);
    switch (typeof value) {
      case "string":
        return this.writeText(value, at);
      case "number":
        return this.#writeNumber(value, at);
      case "object":
        if (value === null) {
          this.bytes[at] = 0xc0;
          return at + 1;
        }
        if (isArray(value)) return this.#writeArray(value, at);
        return getPrototypeOf(value) === ObjectPrototype
          ? this.#writeObject(value as Record<string, unknown>, at)
          : writeOdd(this, value, at);
      case "boolean":
        this.bytes[at] = value ? 0xc3 : 0xc2;
        return at + 1;
      case "undefined":
        this.bytes[at] = 0xd4;
        this.bytes[at + 1] = Ext.VOID;
        this.bytes[at + 2] = 0;
        return at + 3;
      default:
        return writeOdd(this, value, at);
    }
  }

  /** Writes a string. */
  writeText(text: string, at: number): number {
    const { length } = text;
    if (length > SHORT_TEXT_CHARS) return this.#writeLongText(text, at);
    if (at + 3 * length > this.#roomEnd) this.#grow(at, 3 * length + SLACK_BYTES);
    const { bytes } = this;
    const start = at + (length < 0x20 ? 1 : 2);
    let to = start;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) {
        bytes[to++] = unit;
      } else if (unit < 0x800) {
        bytes[to++] = 0xc0 | unit >> 6;
        bytes[to++] = 0x80 | unit & 0x3f;
      } else if ((unit & 0xf800) !== 0xd800) {
        bytes[to++] = 0xe0 | unit >> 12;
        bytes[to++] = 0x80 | unit >> 6 & 0x3f;
        bytes[to++] = 0x80 | unit & 0x3f;
      } else {
        const low = i + 1 < length ? text.charCodeAt(i + 1) : 0;
        if (unit >= 0xdc00 || (low & 0xfc00) !== 0xdc00) return this.#writeUnits(text, at);
        const point = 0x10000 + ((unit & 0x3ff) << 10 | low & 0x3ff);
        i++;
        bytes[to++] = 0xf0 | point >> 18;
        bytes[to++] = 0x80 | point >> 12 & 0x3f;
        bytes[to++] = 0x80 | point >> 6 & 0x3f;
        bytes[to++] = 0x80 | point & 0x3f;
      }
    }
    const size = to - start;
    if (size < 0x20) {
      bytes[at] = 0xa0 | size;
      return to;
    }
    if (start === at + 1) bytes.copyWithin(++to - size, start, to - 1);
    bytes[at] = 0xd9;
    bytes[at + 1] = size;
    return to;
  }

  /** Writes the header of an array. */
  writeArrayHeader(length: number, at: number): number {
    if (at > this.#roomEnd) this.#grow(at, SLACK_BYTES);
    return this.#writeCount(length, at, 0x90, 0xdc);
  }

  /** Writes the header of an extension whose length is known when it is written: see {@linkcode closeExt}. */
  openExt(type: number, at: number): number {
    if (at > this.#roomEnd) this.#grow(at, SLACK_BYTES);
    this.bytes[at] = 0xc9;
    this.bytes[at + 5] = type;
    return at + 6;
  }

  /** Sets the length of an extension that was opened at `at` and ends at `end`. */
  closeExt(at: number, end: number): number {
    this.view.setUint32(at + 1, end - at - 6);
    return end;
  }

  /** Makes room for `count` bytes at `at`. */
  reserve(at: number, count: number): void {
    if (at + count > this.#roomEnd) this.#grow(at, count + SLACK_BYTES);
  }

  /** A container begins: bounds the depth, and finds cycles. */
  enter(container: object): void {
    const depth = ++this.#depth;
    if (depth >= CYCLES_FROM_DEPTH) this.#enterDeep(container, depth);
  }

  /** A container ends. */
  leave(): void {
    this.#depth--;
  }

  /** Writes own enumerable properties, each read once, as those of a plain object. */
  writeProperties(object: object, at: number, keys: readonly string[] = keysOf(object)): number {
    this.enter(object);
    at = this.writeMapHeader(keys.length, at);
    for (const key of keys) {
      try {
        at = this.write((object as Record<string, unknown>)[key], this.writeText(key, at));
      } catch (thrown) {
        throw Refusal.of(thrown).within(propertyStep(key), object);
      }
    }
    this.leave();
    return at;
  }

  /** Writes the header of a map. */
  writeMapHeader(length: number, at: number): number {
    if (at > this.#roomEnd) this.#grow(at, SLACK_BYTES);
    return this.#writeCount(length, at, 0x80, 0xde);
  }

  /** A plain object: a loop over its shape is the fastest way to its properties. */
  #writeObject(object: Record<string, unknown>, at: number): number {
    if (this.#inherited) return this.writeProperties(object, at);
    this.enter(object);
    const start = at++;
    let count = 0;
    let key: string | undefined;
    try {
      for (key in object) {
        at = this.write(object[key], this.writeText(key, at));
        count++;
      }
    } catch (thrown) {
      throw key === undefined ? thrown : Refusal.of(thrown).within(propertyStep(key), object);
    }
    this.leave();
    if (count < 0x10) {
      this.bytes[start] = 0x80 | count;
      return at;
    }
    const more = count < 0x10000 ? 2 : 4;
    this.reserve(at, more);
    this.bytes.copyWithin(start + 1 + more, start + 1, at);
    this.#writeCount(count, start, 0x80, 0xde);
    return at + more;
  }

  #writeArray(array: readonly unknown[], at: number): number {
    this.enter(array);
    const seen: unknown = array.length; // a proxy may say anything
    const length = Number(seen) >>> 0;
    if (length !== seen) {
      throw new Refusal("is a proxy of an array with a length that no array has");
    }
    const start = at;
    at = this.#writeCount(length, at, 0x90, 0xdc);
    let i = 0;
    try {
      for (; i < length; i++) {
        const item = array[i];
        if (item === undefined && !hasOwn(array, i)) break;
        at = this.write(item, at);
      }
    } catch (thrown) {
      throw Refusal.of(thrown).within(`[${i}]`, array);
    }
    if (i < length) at = writeSparse(this, array, at, { start, length, hole: i });
    this.leave();
    return at;
  }

  #writeNumber(value: number, at: number): number {
    const { bytes } = this;
    if (value >>> 0 === value) {
      if (value < 0x80) {
        if (value === 0 && 1 / value < 0) return this.#writeDouble(value, at); // -0
        bytes[at] = value;
        return at + 1;
      }
      if (value < 0x100) {
        bytes[at] = 0xcc;
        bytes[at + 1] = value;
        return at + 2;
      }
      if (value < 0x10000) {
        bytes[at] = 0xcd;
        bytes[at + 1] = value >> 8;
        bytes[at + 2] = value;
        return at + 3;
      }
      bytes[at] = 0xce;
      this.view.setUint32(at + 1, value);
      return at + 5;
    }
    if (value >> 0 !== value) return this.#writeDouble(value, at);
    if (value >= -0x20) {
      bytes[at] = value;
      return at + 1;
    }
    if (value >= -0x80) {
      bytes[at] = 0xd0;
      bytes[at + 1] = value;
      return at + 2;
    }
    if (value >= -0x8000) {
      bytes[at] = 0xd1;
      bytes[at + 1] = value >> 8;
      bytes[at + 2] = value;
      return at + 3;
    }
    bytes[at] = 0xd2;
    this.view.setInt32(at + 1, value);
    return at + 5;
  }

  #writeDouble(value: number, at: number): number {
    this.bytes[at] = 0xcb;
    this.view.setFloat64(at + 1, value);
    return at + 9;
  }

  #writeLongText(text: string, at: number): number {
    if (!text.isWellFormed()) return this.#writeUnits(text, at);
    const most = text.length > LONG_TEXT_CHARS ? Buffer.byteLength(text) : 3 * text.length;
    this.reserve(at, most + 5);
    const header = most < 0x100 ? 2 : most < 0x10000 ? 3 : 5;
    const { bytes } = this;
    const size = utf8.encodeInto(text, bytes.subarray(at + header)).written;
    if (header === 2) {
      bytes[at] = 0xd9;
      bytes[at + 1] = size;
    } else if (header === 3) {
      bytes[at] = 0xda;
      bytes[at + 1] = size >> 8;
      bytes[at + 2] = size;
    } else {
      bytes[at] = 0xdb;
      this.view.setUint32(at + 1, size);
    }
    return at + header + size;
  }

  /** Text with lone surrogates, which UTF-8 has no bytes for. */
  #writeUnits(text: string, at: number): number {
    const start = at;
    this.reserve(at, 6 + 2 * text.length);
    at = this.openExt(Ext.TEXT, at);
    for (let i = 0; i < text.length; i++, at += 2) {
      this.view.setUint16(at, text.charCodeAt(i), true);
    }
    return this.closeExt(start, at);
  }

  #writeCount(count: number, at: number, small: number, large: number): number {
    const { bytes } = this;
    if (count < 0x10) {
      bytes[at] = small | count;
      return at + 1;
    }
    if (count < 0x10000) {
      bytes[at] = large;
      bytes[at + 1] = count >> 8;
      bytes[at + 2] = count;
      return at + 3;
    }
    bytes[at] = large + 1;
    this.view.setUint32(at + 1, count);
    return at + 5;
  }

  #enterDeep(container: object, depth: number): void {
    if (depth > PAYLOAD_DEPTH_MAX) {
      throw new Refusal(`lies deeper than ${PAYLOAD_DEPTH_MAX} levels`);
    }
    const at = depth - CYCLES_FROM_DEPTH;
    const deep = this.#deep;
    deep.length = at;
    // Not at each level: a cycle is found a little later, and depth costs little.
    if (depth % CYCLES_FROM_DEPTH === 0 && deep.includes(container)) {
      throw Refusal.cycle(container);
    }
    deep.push(container);
  }

  #grow(at: number, count: number): void {
    const most = this.#maxBytes + ESTIMATE_MAX_BYTES;
    const needed = at + count + SLACK_BYTES;
    if (needed > most) {
      throw new Refusal(
        `is where ${this.#maxBytes} bytes are exceeded, the most that a message may have ` +
          "(limits.messageBytes)",
        "RESOURCE_EXHAUSTED",
      );
    }
    const bytes = new Uint8Array(Math.max(needed, Math.min(2 * this.bytes.length, most)));
    bytes.set(this.bytes.subarray(0, at));
    this.#use(bytes);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.#roomEnd = bytes.length - SLACK_BYTES;
  }
}
