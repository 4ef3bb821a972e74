/**
 * Value → MessagePack. What JSON has is written here, fast; all other kinds in `odd_values.ts`.
 *
 * Reading a value may run code of the user: a getter, a trap of a proxy. That code may throw, change what is
 * being read, or make a call of its own, which encodes another value. So nothing is read twice, every position
 * is an argument and no state, and whoever encodes while an encoder is at work takes another one.
 *
 * @module
 */
import { PAYLOAD_DEPTH_MAX } from "../../limits.ts";
import { reached } from "../../limits/reached.ts";
import { Ext } from "./format.ts";
import { writeOdd } from "./odd_values.ts";
import { PayloadBuffer } from "./payload_buffer.ts";
import { PayloadRefusal, propertyStep } from "./refusal.ts";
import { writeSparse } from "./sparse.ts";

/** From this depth on cycles are looked for. */
const CYCLES_FROM_DEPTH = 16;

const ObjectPrototype = Object.prototype;
const { getPrototypeOf, hasOwn, keys: keysOf } = Object;
const { isArray } = Array;
const NOTHING = {};

/** Writes one value at a time into its own buffer, which is good until it writes the next one. */
export class PayloadEncoder extends PayloadBuffer {
  /** Whether it is at work. */
  busy = false;
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
    this.maxBytes = maxBytes;
    this.#inherited = false;
    for (const _ in NOTHING) this.#inherited = true;
    try {
      const end = this.write(value, 0);
      return this.bytes.subarray(0, end);
    } catch (thrown) {
      throw PayloadRefusal.of(thrown).toError(root);
    } finally {
      this.busy = false;
      if (this.#deep.length > 0) this.#deep = [];
      this.shrink();
    }
  }

  /**
   * Writes a value at `at`.
   *
   * @returns The offset behind it.
   * @throws {PayloadRefusal} When it cannot be sent.
   */
  write(value: unknown, at: number): number {
    if (at > this.roomEnd) this.grow(at, 0);
    switch (typeof value) {
      case "string":
        return this.writeText(value, at);
      case "number":
        return this.writeNumber(value, at);
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
        throw PayloadRefusal.of(thrown).within(propertyStep(key), object);
      }
    }
    this.leave();
    return at;
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
      throw key === undefined
        ? thrown
        : PayloadRefusal.of(thrown).within(propertyStep(key), object);
    }
    this.leave();
    if (count < 0x10) {
      this.bytes[start] = 0x80 | count;
      return at;
    }
    const more = count < 0x10000 ? 2 : 4;
    this.reserve(at, more);
    this.bytes.copyWithin(start + 1 + more, start + 1, at);
    this.writeCount(count, start, 0x80, 0xde);
    return at + more;
  }

  #writeArray(array: readonly unknown[], at: number): number {
    this.enter(array);
    const seen: unknown = array.length; // a proxy may say anything
    const length = Number(seen) >>> 0;
    if (length !== seen) {
      throw new PayloadRefusal("is a proxy of an array with a length that no array has");
    }
    const start = at;
    at = this.writeCount(length, at, 0x90, 0xdc);
    let i = 0;
    try {
      for (; i < length; i++) {
        const item = array[i];
        if (item === undefined && !hasOwn(array, i)) break;
        at = this.write(item, at);
      }
    } catch (thrown) {
      throw PayloadRefusal.of(thrown).within(`[${i}]`, array);
    }
    if (i < length) at = writeSparse(this, array, at, { start, length, hole: i });
    this.leave();
    return at;
  }

  #enterDeep(container: object, depth: number): void {
    if (depth > PAYLOAD_DEPTH_MAX) {
      reached("PAYLOAD_DEPTH_MAX");
      throw new PayloadRefusal(`lies deeper than ${PAYLOAD_DEPTH_MAX} levels`);
    }
    const at = depth - CYCLES_FROM_DEPTH;
    const deep = this.#deep;
    deep.length = at;
    // Not at each level: a cycle is found a little later, and depth costs little.
    if (depth % CYCLES_FROM_DEPTH === 0 && deep.includes(container)) {
      throw PayloadRefusal.cycle(container);
    }
    deep.push(container);
  }
}
