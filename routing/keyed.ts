/**
 * Keyed mode: a table or a function names the server that alone may answer for a key.
 *
 * @module
 */
import type { Code } from "../errors.ts";
import type { Group } from "./group.ts";

/** Characters of a key that a message repeats. */
const KEY_SHOWN = 80;

/** The server's name, or why there is none. */
export type KeyOwner =
  | { server: string; code: undefined }
  | { server: undefined; code: Code; message: string };

/**
 * The server that a key names.
 *
 * @param key `undefined`: the call has none of its own (a user's identity names no server).
 */
export function keyOwner(group: Group, key: string | undefined): KeyOwner {
  if (key === undefined) {
    return refuse(
      "INVALID_ARGUMENT",
      `group "${group.name}" is keyed: a call needs a key, which names the server; give one in the call's options`,
    );
  }
  let server = group.keys.get(key);
  if (server === undefined && group.keyFunction !== undefined) {
    try {
      server = group.keyFunction(key);
    } catch (error) {
      return refuse(
        "INTERNAL",
        `the key function of group "${group.name}" failed for key ${quote(key)}: ${
          error instanceof Error ? error.message : String(error)
        }`,
      );
    }
  }
  if (typeof server === "string") return { server, code: undefined };
  const count = group.keys.size;
  const known = `${count} ${count === 1 ? "key is" : "keys are"}`;
  return refuse(
    "NOT_FOUND",
    group.keyFunction === undefined
      ? `key ${quote(key)} is not known in group "${group.name}", ${known}`
      : `key ${
        quote(key)
      } is not known in group "${group.name}": its key function names no server, and ${known} in its table`,
  );
}

function refuse(code: Code, message: string): KeyOwner {
  return { server: undefined, code, message };
}

function quote(key: string): string {
  return JSON.stringify(key.length <= KEY_SHOWN ? key : key.slice(0, KEY_SHOWN) + "…");
}
