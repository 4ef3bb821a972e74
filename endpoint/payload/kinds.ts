/**
 * What an object is that is neither plain nor an array: told by its prototypes, and remembered for each.
 *
 * @module
 */
import { PROTOTYPES_MAX } from "../../limits.ts";
import { reached } from "../../limits/reached.ts";
import { PayloadRefusal } from "./refusal.ts";

const { getPrototypeOf, getOwnPropertyDescriptor } = Object;
const textOfFunction = Function.prototype.toString;

const iterators: ReadonlySet<unknown> = new Set([
  getPrototypeOf(getPrototypeOf([].values())),
  getPrototypeOf(getPrototypeOf(getPrototypeOf((async function* () {})()))),
]);

/** Names of the platform's classes: those that are there before any user code is. */
const globalNames: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis));

/** What to do instead, for those that are met often. */
const ADVICE: Readonly<Record<string, string>> = {
  Promise: "did you forget await?",
  URL: "send its href",
  URLSearchParams: "send its text",
  Headers: "send its entries",
  FormData: "send its entries",
  Blob: "send its bytes",
  File: "send its bytes",
  Request: "send its text or its bytes",
  Response: "send its text or its bytes",
  ReadableStream: "a handler may return one, but a value cannot contain one",
  AbortSignal: "every call has a signal of its own",
  SharedArrayBuffer: "send an array with its bytes",
};

/**
 * Why an object of a class cannot be sent, told by its prototype.
 *
 * @param prototype Its prototype.
 * @returns The reason; `undefined` for a class of the user, whose objects are sent as plain ones.
 */
export function reasonAgainst(prototype: object): string | undefined {
  let isThenable = false;
  for (const link of prototypes(prototype)) {
    if (iterators.has(link)) return "is an iterator or a generator: only a handler may return one";
    const name = platformName(link);
    if (name !== undefined) {
      const advice = ADVICE[name] ?? "send what is in it";
      return `is ${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}, which cannot be sent: ${advice}`;
    }
    isThenable ||= typeof getOwnPropertyDescriptor(link, "then")?.value === "function";
  }
  return isThenable ? "has a method then(), as a promise has: did you forget await?" : undefined;
}

/**
 * The prototypes of an object whose prototype is `first`, without `Object.prototype`. Those of another realm
 * (`node:vm` makes some) are told as our own: built-in methods work on the objects of all realms.
 */
export function prototypes(first: object): object[] {
  const found: object[] = [];
  let link: object | null = ours(first);
  while (link !== null && link !== Object.prototype) {
    if (found.length === PROTOTYPES_MAX) {
      reached("PROTOTYPES_MAX");
      throw new PayloadRefusal("has too many prototypes");
    }
    found.push(link);
    const next: object | null = getPrototypeOf(link);
    link = next === null ? null : ours(next);
  }
  return found;
}

function ours(prototype: object): object {
  const { maker, name } = makerOf(prototype) ?? {};
  if (maker === undefined || name === undefined || !globalNames.has(name)) return prototype;
  if (textOfFunction.call(maker) !== `function ${name}() { [native code] }`) return prototype;
  const own = at(globalThis, name);
  return typeof own === "function" && own.prototype ? own.prototype : prototype;
}

function makerOf(prototype: object) {
  const maker: unknown = getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof maker !== "function" || maker.prototype !== prototype) return undefined;
  const name: unknown = getOwnPropertyDescriptor(maker, "name")?.value;
  return typeof name === "string" ? { maker, name } : undefined;
}

function platformName(prototype: object): string | undefined {
  const { maker, name } = makerOf(prototype) ?? {};
  if (maker === undefined || name === undefined) return undefined;
  if (globalNames.has(name) && at(globalThis, name) === maker) return name;
  const places = { Deno, Intl, WebAssembly, Temporal: at(globalThis, "Temporal") };
  for (const [place, names] of Object.entries(places)) {
    if (typeof names === "object" && names !== null && at(names, name) === maker) {
      return `${place}.${name}`;
    }
  }
  return undefined;
}

function at(names: object, name: string): unknown {
  return (names as Record<string, unknown>)[name];
}
