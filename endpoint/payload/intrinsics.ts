/**
 * Reading built-in objects with what their prototypes had at the start: user code may have changed any method
 * of any object since then.
 *
 * @module
 */
import { PayloadRefusal } from "./refusal.ts";

/** The getter of a built-in prototype. */
// deno-lint-ignore no-explicit-any -- each caller knows what its getter gives
export function getterOf(prototype: object, name: string | symbol): (this: unknown) => any {
  const getter = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (getter === undefined) throw new TypeError(`no getter ${String(name)}`);
  return getter;
}

/**
 * Calls a built-in method on an object that has its prototype.
 *
 * @param method The method.
 * @param value The object.
 * @param name Name of its class.
 * @param args Arguments.
 * @returns What the method returns.
 * @throws {PayloadRefusal} When the object only inherits from the class; the method throws then.
 */
export function read<This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
  value: object,
  name: string,
  ...args: Args
): Result {
  try {
    return method.apply(value as This, args);
  } catch {
    throw notReally(name);
  }
}

/** An object inherits from a built-in class and is not what its prototype says. */
export function notReally(name: string): PayloadRefusal {
  return new PayloadRefusal(`inherits from ${name} and is none: is it a proxy of one?`);
}
