/**
 * Keyed mode: the server that alone may answer for a key, by the group's table or as the process that calls
 * was told by the group's key module.
 *
 * @module
 */
import { KEY_SHOWN_MAX_CHARS } from "../limits.ts";
import type { Code } from "../errors.ts";
import type { Group } from "./group.ts";
import { serverHash } from "./hash.ts";
import { absenceOf, type ServiceTable } from "./service_table.ts";

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

/** Name of the server with a hash, in and out of the group, where it is known at all. */
export function ownerName(table: ServiceTable, hash: number): string | undefined {
  for (const name of table.names()) if (table.get(name)?.view.hash === hash) return name;
  const known = table.nameOf(hash);
  if (known !== undefined) return known;
  for (const name of table.group.servers ?? []) if (serverHash(name) === hash) return name;
  return undefined;
}

/**
 * Why the server of a key cannot answer.
 *
 * @param name Its name, if it is known.
 */
export function ownerMissing(table: ServiceTable, name: string | undefined): string {
  const { group, service } = table;
  const outside = name === undefined ? group.servers !== undefined : !group.has(name);
  const state = outside
    ? `not a server of group "${group.name}"`
    : name === undefined
    ? absenceOf(undefined, service)
    : table.absence(name);
  const server = name === undefined ? "" : ` ${name}`;
  return `the key's server${server} is ${state}; nobody else may answer for "${service}"`;
}

function refuse(code: Code, message: string): KeyOwner {
  return { server: undefined, code, message };
}

function quote(key: string): string {
  return JSON.stringify(
    key.length <= KEY_SHOWN_MAX_CHARS ? key : key.slice(0, KEY_SHOWN_MAX_CHARS) + "…",
  );
}
