/**
 * Keeps the real clock, the real timers and real chance away from a run: whoever asks for them gets a fault.
 *
 * This module is loaded before the core, so that also what the core takes once, as it loads, is kept.
 *
 * @module
 */

/** The real clock, for those who watch a run from outside, in ms. */
export const realNow: () => number = performance.now.bind(performance);

/** What a run must not use. */
const FORBIDDEN: readonly (readonly [of: string, object: object, names: readonly string[]])[] = [
  ["Math.", Math, ["random"]],
  ["performance.", performance, ["now"]],
  ["Date.", Date, ["now"]],
  ["crypto.", crypto, ["getRandomValues", "randomUUID"]],
  ["AbortSignal.", AbortSignal, ["timeout"]],
  ["", globalThis, ["setTimeout", "setInterval"]],
];

let tell: ((fault: string) => void) | undefined;

for (const [of, object, names] of FORBIDDEN) {
  for (const name of names) {
    const real = Reflect.get(object, name) as (...args: unknown[]) => unknown;
    const kept = function (this: unknown, ...args: unknown[]): unknown {
      if (tell === undefined) return Reflect.apply(real, this ?? object, args);
      const error = new Error(`${of}${name} was asked for in the middle of a run`);
      tell(error.stack ?? error.message);
      throw error;
    };
    Object.defineProperty(object, name, {
      value: kept,
      writable: true,
      configurable: true,
      enumerable: name === "setTimeout" || name === "setInterval",
    });
  }
}

/** Keeps reality away from now on, until the result is disposed of. One run at a time. */
export function withoutReality(fault: (fault: string) => void): Disposable {
  if (tell !== undefined) throw new Error("a run is under way in this thread: one at a time");
  tell = fault;
  return { [Symbol.dispose]: () => tell = undefined };
}
