/**
 * What options may be: the kinds that several functions share.
 *
 * @module
 */
import { TIMEOUT_MAX_MS } from "../limits.ts";
import type { OptionKind } from "./options.ts";

/** A time, in milliseconds. */
export function milliseconds(min = 0, max = TIMEOUT_MAX_MS): OptionKind {
  return {
    allowed: `a number of milliseconds from ${min} to ${max}`,
    accepts: (value) => typeof value === "number" && value >= min && value <= max,
  };
}

/** A whole number. */
export function whole(min: number, max: number): OptionKind {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    accepts: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= min && value <= max,
  };
}

/** A whole number without a bound of its own. */
export function wholeFrom(min: number): OptionKind {
  return {
    allowed: `a whole number, ${min} or more`,
    accepts: (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= min,
  };
}

/** True or false. */
export const yesOrNo: OptionKind = {
  allowed: "true or false",
  accepts: (value) => typeof value === "boolean",
};

/** A path of the file system. */
export const path: OptionKind = {
  allowed: "a path, as a text",
  accepts: isPath,
};

/** Something that may be aborted. */
export const signal: OptionKind = {
  allowed: "an AbortSignal",
  accepts: (value) => {
    try {
      // The getter looks at what kind of object it is, and throws for another one.
      return value instanceof AbortSignal && typeof value.aborted === "boolean";
    } catch {
      return false;
    }
  },
};

/** Whether a value is a text that the file system takes for a path. */
export function isPath(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.includes("\0");
}
