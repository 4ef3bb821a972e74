/**
 * Values that JSON has no words for: how each kind is written, or why it is refused. docs/services.md has the
 * table.
 *
 * User code may have changed any method of any object, so everything is read with what the built-in prototypes
 * had at the start; that also tells a real `Map` from an object that merely inherits from one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { INTEGER_MAX_BYTES } from "../../limits.ts";
import { reached } from "../../limits/reached.ts";
import { writeBuffer, writeView } from "./binary.ts";
import type { PayloadEncoder } from "./encoder.ts";
import { ERROR_PROPERTIES, ERRORS, Ext } from "./format.ts";
import { getterOf, read } from "./intrinsics.ts";
import { prototypes, reasonAgainst } from "./kinds.ts";
import { entryStep, PayloadRefusal, propertyStep } from "./refusal.ts";

/** Writes an object at an offset, and returns the offset behind it. */
type Writer = (encoder: PayloadEncoder, value: object, at: number) => number;

const { getPrototypeOf, hasOwn, keys: keysOf } = Object;
const typedArray = getPrototypeOf(Uint8Array.prototype);

const timeOf = Date.prototype.getTime;
const sourceOf = getterOf(RegExp.prototype, "source");
const eachEntry = Map.prototype.forEach;
const eachMember = Set.prototype.forEach;
const domName = getterOf(DOMException.prototype, "name");
const domMessage = getterOf(DOMException.prototype, "message");
const textOfFunction = Function.prototype.toString;
/** The flags of a RegExp: its own `flags` can be changed. */
const FLAGS = [
  ["d", getterOf(RegExp.prototype, "hasIndices")],
  ["g", getterOf(RegExp.prototype, "global")],
  ["i", getterOf(RegExp.prototype, "ignoreCase")],
  ["m", getterOf(RegExp.prototype, "multiline")],
  ["s", getterOf(RegExp.prototype, "dotAll")],
  ["u", getterOf(RegExp.prototype, "unicode")],
  ["v", getterOf(RegExp.prototype, "unicodeSets")],
  ["y", getterOf(RegExp.prototype, "sticky")],
] as const;

const builtIn = new Map<object, Writer>([
  [Date.prototype, (encoder, value, at) => writeDate(encoder, read(timeOf, value, "Date"), at)],
  [RegExp.prototype, writeRegExp],
  [Map.prototype, writeMap],
  [Set.prototype, writeSet],
  [typedArray, writeView],
  [DataView.prototype, writeView],
  [ArrayBuffer.prototype, writeBuffer],
  [DOMException.prototype, writeDomException],
  ...[Boolean, Number, String, BigInt].map(({ prototype, name }) =>
    [prototype, boxed(prototype.valueOf, name)] as const
  ),
  ...[...ERRORS].map(([name, { prototype }]) => [prototype as object, errorOf(name)] as const),
]);

/** Remembers for each prototype. */
const writers = new WeakMap<object, Writer>();

/**
 * Writes a value of any kind but those that {@linkcode PayloadEncoder.write} writes itself.
 *
 * @throws {PayloadRefusal} When it cannot be sent.
 */
export function writeOdd(encoder: PayloadEncoder, value: unknown, at: number): number {
  switch (typeof value) {
    case "bigint":
      return writeInteger(encoder, value, at);
    case "function":
      throw new PayloadRefusal(
        textOfFunction.call(value).startsWith("class") ? "is a class" : "is a function",
      );
    case "symbol":
      throw new PayloadRefusal("is a symbol");
  }
  const prototype = getPrototypeOf(value);
  if (prototype === null) return encoder.writeProperties(value as object, at);
  let writer = writers.get(prototype);
  if (writer === undefined) {
    writer = writerFor(prototype);
    writers.set(prototype, writer);
  }
  return writer(encoder, value as object, at);
}

/** The built-in class nearest in the chain decides; then the platform's own; the rest is the user's. */
function writerFor(prototype: object): Writer {
  for (const link of prototypes(prototype)) {
    const writer = builtIn.get(link);
    if (writer !== undefined) return writer;
  }
  const reason = reasonAgainst(prototype);
  if (reason === undefined) return (encoder, value, at) => encoder.writeProperties(value, at);
  return () => {
    throw new PayloadRefusal(reason);
  };
}

function writeDate(encoder: PayloadEncoder, time: number, at: number): number {
  encoder.reserve(at, 10);
  encoder.bytes[at] = 0xd7;
  encoder.bytes[at + 1] = Ext.DATE;
  encoder.view.setFloat64(at + 2, time);
  return at + 10;
}

function writeInteger(encoder: PayloadEncoder, value: bigint, at: number): number {
  const isSigned = BigInt.asIntN(64, value) === value;
  if (isSigned || BigInt.asUintN(64, value) === value) {
    encoder.bytes[at] = isSigned ? 0xd3 : 0xcf;
    encoder.view.setBigUint64(at + 1, BigInt.asUintN(64, value));
    return at + 9;
  }
  const size = value < 0n ? -value : value;
  if (size >> BigInt(8 * INTEGER_MAX_BYTES) !== 0n) {
    reached("INTEGER_MAX_BYTES");
    throw new PayloadRefusal(`is a bigint of more than ${INTEGER_MAX_BYTES} bytes`);
  }
  const digits = size.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  encoder.reserve(at, bytes.length + 7);
  const from = encoder.openExt(Ext.INTEGER, at);
  encoder.bytes[from] = value < 0n ? 1 : 0;
  encoder.bytes.set(bytes, from + 1);
  return encoder.closeExt(at, from + 1 + bytes.length);
}

function writeRegExp(encoder: PayloadEncoder, value: object, at: number): number {
  const source: string = read(sourceOf, value, "RegExp");
  let flags = "";
  for (const [flag, has] of FLAGS) if (has.call(value)) flags += flag;
  const from = encoder.openExt(Ext.REGEXP, at);
  return encoder.closeExt(at, encoder.writeText(flags, encoder.writeText(source, from)));
}

function writeMap(encoder: PayloadEncoder, map: object, at: number): number {
  // A copy: what is read may change the map. Keys and values in turn.
  const entries: unknown[] = [];
  read(eachEntry, map, "Map", (value, key) => entries.push(key, value));
  const start = at;
  encoder.enter(map);
  at = encoder.writeArrayHeader(entries.length, encoder.openExt(Ext.MAP, at));
  for (let i = 0; i < entries.length; i++) {
    try {
      at = encoder.write(entries[i], at);
    } catch (thrown) {
      const isKey = i % 2 === 0;
      const step = isKey ? `.keys()[${i / 2}]` : entryStep(entries[i - 1], (i - 1) / 2);
      throw PayloadRefusal.of(thrown).within(step, map);
    }
  }
  encoder.leave();
  return encoder.closeExt(start, at);
}

function writeSet(encoder: PayloadEncoder, set: object, at: number): number {
  const members: unknown[] = [];
  read(eachMember, set, "Set", (member) => members.push(member));
  const start = at;
  encoder.enter(set);
  at = encoder.writeArrayHeader(members.length, encoder.openExt(Ext.SET, at));
  for (const [i, member] of members.entries()) {
    try {
      at = encoder.write(member, at);
    } catch (thrown) {
      throw PayloadRefusal.of(thrown).within(`.values()[${i}]`, set);
    }
  }
  encoder.leave();
  return encoder.closeExt(start, at);
}

function boxed(valueOf: () => unknown, name: string): Writer {
  return (encoder, value, at) => {
    const primitive = read(valueOf, value, name);
    const from = encoder.openExt(Ext.BOXED, at);
    return encoder.closeExt(at, encoder.write(primitive, from));
  };
}

/** An error as the built-in class it extends; all that it tells but its stack, which is nobody else's business. */
function errorOf(className: string): Writer {
  return (encoder, error, at) => {
    const start = at;
    encoder.enter(error);
    const found = propertiesOf(error as Error, className);
    at = encoder.writeText(className, encoder.openExt(Ext.ERROR, at));
    at = encoder.writeMapHeader(found.length, at);
    for (const [key, value] of found) {
      try {
        at = encoder.write(value, encoder.writeText(key, at));
      } catch (thrown) {
        throw PayloadRefusal.of(thrown).within(propertyStep(key), error);
      }
    }
    encoder.leave();
    return encoder.closeExt(start, at);
  };
}

function propertiesOf(error: Error, className: string): [string, unknown][] {
  const found: [string, unknown][] = [];
  const add = (key: string, isWanted: (value: unknown) => boolean) => {
    try {
      const value = (error as unknown as Record<string, unknown>)[key];
      if (isWanted(value)) found.push([key, value]);
    } catch (thrown) {
      throw PayloadRefusal.of(thrown).within(propertyStep(key), error);
    }
  };
  // These two may be inherited from a class of the user.
  add("name", (name) => name !== className);
  add("message", (message) => message !== "");
  const always = () => true;
  for (const key of ERROR_PROPERTIES) {
    if (key !== "name" && key !== "message" && hasOwn(error, key)) add(key, always);
  }
  for (const key of keysOf(error)) {
    if (key !== "stack" && !ERROR_PROPERTIES.has(key)) add(key, always);
  }
  return found;
}

function writeDomException(encoder: PayloadEncoder, value: object, at: number): number {
  const from = encoder.writeText("DOMException", encoder.openExt(Ext.ERROR, at));
  const to = encoder.writeProperties({
    name: read(domName, value, "DOMException"),
    message: read(domMessage, value, "DOMException"),
  }, from);
  return encoder.closeExt(at, to);
}
