/**
 * Any value of user code as bounded, plain data: for log lines.
 *
 * Looks at what a value holds and runs none of its code: getters are named and not called, nor are `toJSON`,
 * `toString`, iterators and the traps of a proxy. (The one exception is an error's stack, which the engine makes
 * when it is asked for.) What is left out is marked, and nothing here throws.
 *
 * @module
 */
import { getterOf } from "./getter.ts";
import * as types from "node:util/types";
import {
  SHOWN_DEPTH_MAX,
  SHOWN_ERRORS_MAX,
  SHOWN_INTEGER_MAX,
  SHOWN_ITEMS_MAX,
} from "../limits.ts";
import { SHOWN_MAX_CHARS, SHOWN_TEXT_MAX_CHARS, SHOWN_VALUES_MAX } from "../limits.ts";
import { stackOf } from "./text.ts";

/** Plain data, as JSON has it. Objects have no prototype: every name is a name like others. */
export type Shown = null | boolean | number | string | Shown[] | ShownFields;
/** Named values. */
export interface ShownFields {
  [name: string]: Shown;
}

/** The name of what was left out of an object. */
const CUT = "…";
const CANNOT = "[cannot be shown]";
const ERROR_NAMES = new Set(["name", "message", "stack", "cause", "errors"]);
const urlHref = getterOf(URL.prototype, "href");
const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;
const mapSize = getterOf(Map.prototype, "size");
const setSize = getterOf(Set.prototype, "size");
const dateTime = Date.prototype.getTime;
const regExpSource = getterOf(RegExp.prototype, "source");
const regExpFlags = getterOf(RegExp.prototype, "flags");

/**
 * What a value holds.
 *
 * @param value Anything.
 * @returns Plain data within the bounds `SHOWN_…` of limits.ts. What JSON does not have is a text: `"12"` for a
 *   bigint, `"[circular]"`, `"[getter]"`, `"[proxy]"`.
 */
export function inspect(value: unknown): Shown {
  const shown = new Inspector().value(value, 0);
  return shown === undefined ? "undefined" : shown;
}

/**
 * What the fields of a log line hold. Those that are `undefined` are left out; what are no fields (an error, a
 * text) becomes the field `error` or `value`.
 *
 * @param fields Anything.
 * @returns Its enumerable own properties as {@linkcode inspect} shows them, within the same bounds together.
 */
export function inspectFields(fields: unknown): ShownFields {
  if (fields === undefined || fields === null) return named();
  const inspector = new Inspector();
  if (isPlain(fields)) {
    const shown = inspector.value(fields, 0);
    if (typeof shown === "object" && shown !== null && !Array.isArray(shown)) return shown;
  }
  const name = types.isProxy(fields) || !isError(fields) ? "value" : "error";
  const shown = inspector.value(fields, 0);
  return named([name, shown === undefined ? "undefined" : shown]);
}

/**
 * A text within a bound.
 *
 * @param text The text.
 * @param maxChars Most characters that are kept.
 * @returns The text, or its beginning and how much more there was.
 */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return `${text.slice(0, maxChars)}… (${text.length - maxChars} more characters)`;
}

/** One look at a value, with what is left of its bounds. */
class Inspector {
  #valuesLeft = SHOWN_VALUES_MAX;
  #charsLeft = SHOWN_MAX_CHARS;
  /** The objects that the one at hand is in. */
  readonly #within: unknown[] = [];

  /** `undefined` for `undefined` alone. */
  value(value: unknown, depth: number): Shown | undefined {
    try {
      return this.#value(value, depth);
    } catch {
      return CANNOT;
    }
  }

  #value(value: unknown, depth: number): Shown | undefined {
    if (--this.#valuesLeft < 0) return CUT;
    switch (typeof value) {
      case "undefined":
        return undefined;
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) ? value : String(value);
      case "string":
        return this.#text(value);
      case "bigint":
        if (value > SHOWN_INTEGER_MAX || value < -SHOWN_INTEGER_MAX) {
          return "[bigint of more than 1024 bits]";
        }
        return this.#text(String(value));
      case "symbol":
        return this.#text(String(value));
      default:
        return value === null ? null : this.#object(value as object, depth);
    }
  }

  #object(object: object, depth: number): Shown {
    if (types.isProxy(object)) return "[proxy]";
    if (typeof object === "function") return this.#text(`[function ${nameOf(object)}]`);
    if (this.#within.includes(object)) return "[circular]";
    this.#within.push(object);
    try {
      if (isError(object)) return this.#error(object, depth);
      if (types.isDate(object)) {
        const ms = dateTime.call(object);
        return Number.isNaN(ms) ? "[invalid date]" : new Date(ms).toISOString();
      }
      if (types.isRegExp(object)) {
        return this.#text(`/${regExpSource.call(object)}/${regExpFlags.call(object)}`);
      }
      if (types.isPromise(object)) return "[promise]";
      if (types.isBoxedPrimitive(object)) return this.#value(unboxed(object), depth) ?? null;
      if (ArrayBuffer.isView(object)) return bytesText(object, object.byteLength);
      if (types.isAnyArrayBuffer(object)) return bytesText(object, object.byteLength);
      if (inherits(object, URL.prototype)) return this.#text(urlHref.call(object));
      if (Array.isArray(object)) return this.#array(object, depth);
      if (types.isMap(object)) {
        const size = mapSize.call(object);
        if (depth >= SHOWN_DEPTH_MAX) return `[map of ${size}]`;
        return this.#items(mapEntries.call(object), size, depth);
      }
      if (types.isSet(object)) {
        const size = setSize.call(object);
        if (depth >= SHOWN_DEPTH_MAX) return `[set of ${size}]`;
        return this.#items(setValues.call(object), size, depth);
      }
      return this.#properties(object, depth);
    } finally {
      this.#within.pop();
    }
  }

  #array(array: readonly unknown[], depth: number): Shown {
    const { length } = array;
    if (depth >= SHOWN_DEPTH_MAX) return `[array of ${length}]`;
    const shown: Shown[] = [];
    for (let i = 0; i < length; i++) {
      if (i === SHOWN_ITEMS_MAX || this.#spent) {
        shown.push(`${CUT} ${length - i} more`);
        break;
      }
      shown.push(this.#property(array, String(i), depth) ?? null);
    }
    return shown;
  }

  /** Those of maps and sets; they are ours to iterate, whatever their class has overridden. */
  #items(items: Iterator<unknown>, size: number, depth: number): Shown {
    const shown: Shown[] = [];
    for (let i = 0; i < size; i++) {
      if (i === SHOWN_ITEMS_MAX || this.#spent) {
        shown.push(`${CUT} ${size - i} more`);
        break;
      }
      shown.push(this.value(items.next().value, depth + 1) ?? null);
    }
    return shown;
  }

  #properties(object: object, depth: number, without?: ReadonlySet<string>): Shown {
    if (depth >= SHOWN_DEPTH_MAX) return "[object]";
    const shown = named();
    const names = Object.keys(object).filter((name) => !without?.has(name));
    let i = 0;
    for (const name of names) {
      if (i === SHOWN_ITEMS_MAX || this.#spent) {
        shown[CUT] = `${names.length - i} more`;
        break;
      }
      i++;
      const value = this.#property(object, name, depth);
      if (value !== undefined) shown[this.#text(name)] = value;
    }
    return shown;
  }

  #property(object: object, name: string, depth: number): Shown | undefined {
    let property: PropertyDescriptor | undefined;
    try {
      property = Object.getOwnPropertyDescriptor(object, name);
    } catch {
      return CANNOT; // an import that is not initialised yet
    }
    if (property === undefined) return undefined;
    if (!("value" in property)) return property.get === undefined ? "[setter]" : "[getter]";
    return this.value(property.value, depth + 1);
  }

  /** Its stack, what else it carries, and the errors that it came from. */
  #error(error: object, depth: number): string {
    let text = this.#text(stackOf(error));
    const more = this.#properties(error, Math.min(depth, SHOWN_DEPTH_MAX - 2), ERROR_NAMES);
    if (Object.keys(more as ShownFields).length > 0) text += ` ${JSON.stringify(more)}`;
    const causes = [...ownValues(error, "cause"), ...ownItems(error, "errors")];
    for (const [i, cause] of causes.entries()) {
      if (i === SHOWN_ERRORS_MAX || this.#within.length > SHOWN_ERRORS_MAX || this.#spent) {
        text += `\n${CUT} ${causes.length - i} more`;
        break;
      }
      const shown = this.value(cause, depth + 1);
      text += `\nCaused by: ${typeof shown === "string" ? shown : JSON.stringify(shown)}`;
    }
    return text;
  }

  get #spent(): boolean {
    return this.#valuesLeft <= 0 || this.#charsLeft <= 0;
  }

  #text(text: string): string {
    const shown = cutText(text, Math.max(0, Math.min(SHOWN_TEXT_MAX_CHARS, this.#charsLeft)));
    this.#charsLeft -= Math.min(text.length, shown.length);
    return shown;
  }
}

/** An object whose names cannot meet those of `Object.prototype`, `__proto__` among them. */
function named(...entries: [string, Shown][]): ShownFields {
  const fields: ShownFields = Object.create(null);
  for (const [name, value] of entries) fields[name] = value;
  return fields;
}

/** Whether these can be the fields of a log line. */
function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !types.isProxy(value) &&
    !Array.isArray(value) && !isError(value) && !types.isMap(value) && !types.isSet(value) &&
    !types.isDate(value) && !types.isRegExp(value) && !types.isBoxedPrimitive(value) &&
    !ArrayBuffer.isView(value);
}

/** `value` is no proxy. */
function isError(value: unknown): value is Error {
  return types.isNativeError(value) ||
    (typeof value === "object" && value !== null && inherits(value, Error.prototype));
}

/** Whether `prototype` is in an object's chain; a proxy in it is not asked. */
function inherits(object: object, prototype: object): boolean {
  let at: object | null = object;
  for (let i = 0; i < 16 && at !== null && !types.isProxy(at); i++) {
    at = Object.getPrototypeOf(at);
    if (at === prototype) return true;
  }
  return false;
}

function nameOf(callable: object): string {
  const name = Object.getOwnPropertyDescriptor(callable, "name")?.value;
  return typeof name === "string" && name !== "" ? name : "without a name";
}

function unboxed(object: object): unknown {
  if (types.isNumberObject(object)) return Number.prototype.valueOf.call(object);
  if (types.isStringObject(object)) return String.prototype.valueOf.call(object);
  if (types.isBooleanObject(object)) return Boolean.prototype.valueOf.call(object);
  if (types.isBigIntObject(object)) return BigInt.prototype.valueOf.call(object);
  return Symbol.prototype.valueOf.call(object);
}

function bytesText(object: object, byteLength: number): string {
  const kind = types.isUint8Array(object)
    ? "Uint8Array"
    : ArrayBuffer.isView(object)
    ? "array"
    : "ArrayBuffer";
  return `[${kind} of ${byteLength} bytes]`;
}

function ownValues(object: object, name: string): unknown[] {
  const property = Object.getOwnPropertyDescriptor(object, name);
  return property !== undefined && "value" in property ? [property.value] : [];
}

function ownItems(object: object, name: string): unknown[] {
  const [items] = ownValues(object, name);
  if (types.isProxy(items) || !Array.isArray(items)) return [];
  const shown = Math.min(items.length, SHOWN_ERRORS_MAX + 1);
  return Array.from({ length: shown }, (_, i) => ownValues(items, String(i))[0]);
}
