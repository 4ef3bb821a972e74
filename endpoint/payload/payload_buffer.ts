/**
 * Bytes of MessagePack as they are written: headers, numbers and text, and the memory that they are in.
 *
 * Every position is an argument and no state: see `encoder.ts`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { CODEC_KEPT_BYTES, ESTIMATE_MAX_BYTES, LONG_TEXT_CHARS } from "../../limits.ts";
import { reached } from "../../limits/reached.ts";
import { Ext } from "./format.ts";
import { PayloadRefusal } from "./refusal.ts";

/** Bytes of a new buffer. */
const START_BYTES = 16_384;
/** What may be written without asking for room: the longest of headers and numbers, and an `undefined`. */
const SLACK_BYTES = 16;
/** Longer text is written by the platform. */
const SHORT_TEXT_CHARS = 40;

const utf8 = new TextEncoder();

/** Memory that grows as it is written to, and the writers of what every kind of value is made of. */
export class PayloadBuffer {
  /** Where the bytes go; may be another array after anything was written. */
  bytes = new Uint8Array(START_BYTES);
  /** A view of {@linkcode bytes}. */
  view = new DataView(this.bytes.buffer);
  /** Up to here something short can be written without {@linkcode grow}. */
  protected roomEnd = START_BYTES - SLACK_BYTES;
  /** More bytes are not written. */
  protected maxBytes = 0;

  /** Writes a string. */
  writeText(text: string, at: number): number {
    const { length } = text;
    if (length > SHORT_TEXT_CHARS) return this.#writeLongText(text, at);
    if (at + 3 * length > this.roomEnd) this.grow(at, 3 * length);
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

  /** Writes a number; there is room for it. */
  protected writeNumber(value: number, at: number): number {
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

  /** Writes the header of an array. */
  writeArrayHeader(length: number, at: number): number {
    if (at > this.roomEnd) this.grow(at, 0);
    return this.writeCount(length, at, 0x90, 0xdc);
  }

  /** Writes the header of a map. */
  writeMapHeader(length: number, at: number): number {
    if (at > this.roomEnd) this.grow(at, 0);
    return this.writeCount(length, at, 0x80, 0xde);
  }

  /** Writes the header of an extension whose length is known when it is written: see {@linkcode closeExt}. */
  openExt(type: number, at: number): number {
    if (at > this.roomEnd) this.grow(at, 0);
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
    if (at + count > this.roomEnd) this.grow(at, count);
  }

  /** Makes room for `count` bytes at `at`, where there is none. */
  protected grow(at: number, count: number): void {
    const most = this.maxBytes + ESTIMATE_MAX_BYTES;
    const needed = at + count + SLACK_BYTES;
    if (needed > most) {
      reached("MESSAGE_DEFAULT_BYTES");
      throw new PayloadRefusal(
        `is where ${this.maxBytes} bytes are exceeded, the most that a message may have ` +
          "(limits.messageBytes)",
        "RESOURCE_EXHAUSTED",
      );
    }
    const bytes = new Uint8Array(Math.max(needed, Math.min(2 * this.bytes.length, most)));
    bytes.set(this.bytes.subarray(0, at));
    this.#use(bytes);
  }

  /** Gives up a large buffer. */
  protected shrink(): void {
    if (this.bytes.length > CODEC_KEPT_BYTES) this.#use(new Uint8Array(START_BYTES));
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

  /** Writes the header of an array or a map; there is room for it. */
  protected writeCount(count: number, at: number, small: number, large: number): number {
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

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.roomEnd = bytes.length - SLACK_BYTES;
  }
}
