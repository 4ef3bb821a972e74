/**
 * Keyed mode: the server that alone may answer for a key, by the group's table or as the process that calls
 * was told by the group's key module.
 *
 * @module
 */
import type { Code } from "../errors.ts";
import type { Candidate } from "./candidate.ts";
import type { Group } from "./group.ts";
import { serverHash } from "./hash.ts";
import type { ServiceTable } from "./service_table.ts";

/** Characters of a key that a message repeats. */
const KEY_SHOWN = 80;

/** The server's name, or why there is none. */
export type KeyOwner =
  | { server: string; code: undefined }
  | { server: undefined; code: Code; message: string };

/**
 * The server that a key names by the table.
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
  const server = group.keys.get(key);
  if (server !== undefined) return { server, code: undefined };
  if (group.keyModule !== undefined) {
    return refuse(
      "UNAVAILABLE",
      `the process that calls has not asked the key module of group "${group.name}" for key ${
        quote(key)
      } yet`,
    );
  }
  const count = group.keys.size;
  return refuse(
    "NOT_FOUND",
    `key ${quote(key)} is not known in group "${group.name}", ${count} ${
      count === 1 ? "key is" : "keys are"
    }`,
  );
}

/** A server of a service by its hash, in and out of the group; its name, where it is known at all. */
export function ownerByHash(
  table: ServiceTable,
  hash: number,
): { candidate: Candidate | undefined; name: string | undefined } {
  for (const name of table.names()) {
    const candidate = table.get(name)!;
    if (candidate.view.hash === hash) return { candidate, name };
  }
  for (const name of table.group.servers ?? []) {
    if (serverHash(name) === hash) return { candidate: undefined, name };
  }
  return { candidate: undefined, name: undefined };
}

/**
 * Why the server of a key cannot answer.
 *
 * @param name Its name, if it is known.
 * @param candidate What is known of it.
 */
export function ownerMissing(
  table: ServiceTable,
  name: string | undefined,
  candidate: Candidate | undefined,
): string {
  const { group, service } = table;
  const outside = name === undefined ? group.servers !== undefined : !group.has(name);
  const state = outside
    ? `not a server of group "${group.name}"`
    : candidate === undefined
    ? "not connected or does not offer the service"
    : candidate.state;
  const server = name === undefined ? "" : ` ${name}`;
  return `the key's server${server} is ${state}; nobody else may answer for "${service}"`;
}

function refuse(code: Code, message: string): KeyOwner {
  return { server: undefined, code, message };
}

function quote(key: string): string {
  return JSON.stringify(key.length <= KEY_SHOWN ? key : key.slice(0, KEY_SHOWN) + "…");
}
