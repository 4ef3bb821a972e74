/**
 * Reading an object of options that user code made: each option once, with a getter that may throw, and a
 * clear refusal of what is of a wrong kind.
 *
 * @module
 */
import { OPTION_SHOWN_MAX_CHARS } from "../limits.ts";
import { MeshError } from "../errors.ts";
import { textOf } from "./text.ts";

/** What an option may be. */
export interface OptionKind {
  /** For people, after "it must be": `a number of milliseconds`. */
  readonly allowed: string;
  /** Whether a value is of this kind; never asked about `undefined`, which is "not given". */
  accepts(value: unknown): boolean;
}

/** The options of one function, by name. */
export type OptionKinds = Readonly<Record<string, OptionKind>>;

/** A refusal of what a caller passed: the call never began. */
export function refused(message: string, target?: string): MeshError {
  return new MeshError("INVALID_ARGUMENT", message, {
    started: false,
    ...(target === undefined ? {} : { target }),
  });
}

/** A value in a message, whatever it is. */
export function seen(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(clip(value));
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return clip(`${value}n`);
  return clip(textOf(value));
}

/** `what is …; it must be …` */
export function refuse(what: string, value: unknown, allowed: string, target?: string): never {
  throw refused(`${what} is ${seen(value)}; it must be ${allowed}`, target);
}

/**
 * Reads the options that a function knows, and checks them.
 *
 * @param owner Whose they are, for messages: `attach`, `page`; with a dot or a comma at its end where that reads
 *   better: `service.`
 * @param value What was passed for the options.
 * @param kinds The options there are.
 * @param others What becomes of names that are none of them. Default: refused.
 * @returns The options that were given; those that were not, or were `undefined`, are missing.
 * @throws {MeshError} `INVALID_ARGUMENT`, naming option, what was seen and what is allowed.
 */
export function readOptions(
  owner: string,
  value: unknown,
  kinds: OptionKinds,
  others: "refused" | "ignored" = "refused",
): Record<string, unknown> {
  if (value === undefined) return {};
  if (!isObject(value)) refuse(nameOf(owner, "options"), value, "an object");
  const read: Record<string, unknown> = {};
  for (const [name, { allowed, accepts }] of Object.entries(kinds)) {
    const option = valueOf(owner, value, name);
    if (option === undefined) continue;
    if (!accepts(option)) refuse(nameOf(owner, name), option, allowed);
    read[name] = option;
  }
  if (others === "refused") refuseUnknown(owner, value, kinds);
  return read;
}

/** Whether a value is an object that can hold options: no list, `Map`, date, promise, function, nor `null`. */
export function isObject(value: unknown): value is Record<string, unknown> {
  try {
    if (typeof value !== "object" || value === null) return false;
    const tag = Object.prototype.toString.call(value);
    return tag === "[object Object]" || tag === "[object Module]";
  } catch {
    return false; // a proxy whose traps throw
  }
}

/** A property of an object of user code, whose getter may throw. */
export function valueOf(owner: string, object: Record<string, unknown>, name: string): unknown {
  try {
    return object[name];
  } catch (error) {
    throw refused(`${nameOf(owner, name)} cannot be read: ${textOf(error)}`);
  }
}

/** A copy of an object of user code, whose getters may throw. */
export function copyOf(owner: string, object: object): Record<string, unknown> {
  try {
    return { ...object };
  } catch (error) {
    throw refused(`${nameOf(owner, "options")} cannot be read: ${textOf(error)}`);
  }
}

/** `attach: timeoutMs`, `service.name`, `page: part "news", call` */
function nameOf(owner: string, name: string): string {
  if (owner.endsWith(", ")) return owner + name;
  if (!owner.endsWith(".")) return `${owner}: ${name}`;
  return name === "options" ? owner.slice(0, -1) : owner + name;
}

function refuseUnknown(owner: string, value: object, kinds: OptionKinds): void {
  let names: string[];
  try {
    names = Object.keys(value);
  } catch (error) {
    throw refused(`${nameOf(owner, "options")} cannot be read: ${textOf(error)}`);
  }
  const unknown = names.find((name) => !Object.hasOwn(kinds, name));
  if (unknown === undefined) return;
  const known = Object.keys(kinds).join(", ");
  throw refused(`${nameOf(owner, "options")}: there is no ${seen(unknown)}; there are ${known}`);
}

function clip(text: string): string {
  return text.length <= OPTION_SHOWN_MAX_CHARS
    ? text
    : `${text.slice(0, OPTION_SHOWN_MAX_CHARS - 1)}…`;
}
