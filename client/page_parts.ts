/**
 * The parts of a page as they are used: what user code passed, read once and checked, before the first call is made.
 *
 * @module
 */
import { milliseconds, yesOrNo } from "../boundary/option_kinds.ts";
import {
  isObject,
  type OptionKinds,
  readOptions,
  refuse,
  refused,
  seen,
} from "../boundary/options.ts";
import { textOf } from "../boundary/text.ts";
import { PAGE_BUDGET_DEFAULT_MS } from "../limits.ts";
import type { Payload } from "../endpoint/codec.ts";
import type { CallOptions, Mesh } from "./types.ts";

/** One part, checked. */
export interface CheckedPart {
  readonly name: string;
  readonly call: PromiseLike<unknown> | ((mesh: Mesh) => PromiseLike<unknown>) | string;
  readonly input?: Payload;
  readonly options?: CallOptions;
  readonly timeoutMs?: number;
  readonly required?: boolean;
  readonly hedgeAfterMs?: number;
  /** Absent where the part has none: `undefined` is a fallback, too. */
  readonly fallback?: unknown;
}

/** Not looked at here: `input` is the call's, and a fallback may be anything. */
const PART = {
  call: {
    allowed: 'a call, a function that makes one, or the text "service.handler"',
    accepts: (call) => typeof call === "string" || typeof call === "function" || isThenable(call),
  },
  input: { allowed: "anything", accepts: () => true },
  options: { allowed: "an object of the call's options", accepts: isObject },
  timeoutMs: milliseconds(),
  required: yesOrNo,
  hedgeAfterMs: milliseconds(),
} satisfies OptionKinds;
const PAGE: OptionKinds = { budgetMs: milliseconds() };

/**
 * Checks a page's options.
 *
 * @returns Its budget, in ms.
 * @throws {MeshError} `INVALID_ARGUMENT` for what is of a wrong kind.
 */
export function budgetOf(options: unknown): number {
  const { budgetMs = PAGE_BUDGET_DEFAULT_MS } = readOptions("page", options, PAGE, "ignored");
  return budgetMs as number;
}

/**
 * Checks the parts of a page. Further properties of a part are its owner's.
 *
 * @param parts What was passed for the parts.
 * @throws {MeshError} `INVALID_ARGUMENT`, naming part and option, for what is of a wrong kind.
 */
export function checkedParts(parts: unknown): CheckedPart[] {
  if (!isObject(parts)) refuse("page: parts", parts, "an object of parts by name");
  return namesOf(parts).map((name) => {
    const owner = `page: part ${seen(name)}`;
    const part = read(owner, () => parts[name]);
    if (!isObject(part)) refuse(owner, part, "an object with a call");
    const checked = readOptions(`${owner}, `, part, PART, "ignored");
    if (checked.call === undefined) {
      throw refused(`${owner} has no call; it must have ${PART.call.allowed}`);
    }
    const fallback = read(owner, () => "fallback" in part ? { fallback: part.fallback } : {});
    return { ...checked, ...fallback, name } as CheckedPart;
  });
}

function namesOf(parts: object): string[] {
  return read("page: parts", () => Object.keys(parts));
}

/** Looks at a value of user code, whose getters may throw. */
function read<T>(owner: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw refused(`${owner} cannot be read: ${textOf(error)}`);
  }
}

function isThenable(value: unknown): boolean {
  try {
    return typeof value === "object" && value !== null &&
      typeof (value as { then?: unknown }).then === "function";
  } catch {
    return false;
  }
}
