/**
 * The text of what was thrown: the one place that makes text of an error. It may be a value that user code threw,
 * gave as a reason, or let us find in a message: whatever it is.
 *
 * A value of user code may be anything: an object without a prototype, a proxy, an object whose `message` or
 * `toString` throws. Nothing here throws, and every text is bounded.
 *
 * @module
 */
import { ERROR_TEXT_MAX_CHARS } from "../limits.ts";

/** How much of an object is shown when it has no message. */
const INSPECT = {
  depth: 2,
  iterableLimit: 16,
  strAbbreviateSize: 256,
  colors: false,
  getters: false,
};

/**
 * What a thrown value says: an error's message, a text itself, or a picture of anything else.
 *
 * @param thrown Whatever was thrown.
 * @returns At most 16,384 characters.
 */
export function textOf(thrown: unknown): string {
  try {
    if (typeof thrown === "string") return clip(thrown);
    if ((typeof thrown === "object" && thrown !== null) || typeof thrown === "function") {
      const { message } = thrown as { message?: unknown };
      if (typeof message === "string") return clip(message);
      return clip(Deno.inspect(thrown, INSPECT));
    }
    return clip(String(thrown));
  } catch {
    return "a value that cannot be shown";
  }
}

/**
 * The stack of a thrown value, or its text when it has none.
 *
 * @param thrown Whatever was thrown.
 * @returns At most 16,384 characters.
 */
export function stackOf(thrown: unknown): string {
  try {
    if (typeof thrown === "object" && thrown !== null) {
      const { stack } = thrown as { stack?: unknown };
      if (typeof stack === "string" && stack !== "") return clip(stack);
    }
  } catch {
    // Its text is what is left.
  }
  return textOf(thrown);
}

function clip(text: string): string {
  return text.length <= ERROR_TEXT_MAX_CHARS ? text : `${text.slice(0, ERROR_TEXT_MAX_CHARS - 1)}…`;
}
