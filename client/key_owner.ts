/**
 * What a key function's answer means: the server that alone may answer a call, or why there is none.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";
import { KEY_SHOWN_MAX_CHARS, NAME_MAX_CHARS } from "../limits.ts";
import { serverHash } from "../routing/hash.ts";
import { SERVER_NAME, SERVER_NAME_ALLOWED } from "../routing/server_name.ts";
import type { KeyOutcome } from "./key_module.ts";

/** The server that a key function named. */
export interface KeyOwner {
  readonly name: string;
  /** Names it in a request's head. */
  readonly hash: number;
}

/** Whose function was asked for what. */
export interface KeyQuestion {
  /** The group's name. */
  readonly group: string;
  /** Absolute path of its key module. */
  readonly module: string;
  /** Number of keys in its table. */
  readonly tableSize: number;
  readonly key: string;
  /** What is called. */
  readonly target: string;
}

/**
 * Judges an answer.
 *
 * @param question What was asked.
 * @param outcome What came of it.
 * @returns An error is how the call ends: `NOT_FOUND` for a key that the function does not know,
 *   `INVALID_ARGUMENT` for a wrong answer, `INTERNAL` for a function that threw.
 */
export function judgeAnswer(question: KeyQuestion, outcome: KeyOutcome): KeyOwner | MeshError {
  const { threw, value } = outcome;
  if (threw) return failure(question, "INTERNAL", `failed: ${textOf(value)}`);
  if (typeof value === "string" && value.length <= NAME_MAX_CHARS && SERVER_NAME.test(value)) {
    return { name: value, hash: serverHash(value) };
  }
  if (value === undefined || value === null) {
    const { group, key, tableSize, target } = question;
    return new MeshError(
      "NOT_FOUND",
      `key ${quote(key)} is not known in group "${group}": its key module names no server, and ` +
        `${tableSize} ${tableSize === 1 ? "key is" : "keys are"} in its table`,
      { started: false, target },
    );
  }
  const answer = typeof value === "string" ? quote(value) : clip(textOf(value));
  return failure(
    question,
    "INVALID_ARGUMENT",
    `answered ${answer} (${
      kindOf(value)
    }); it must be a server's name (${SERVER_NAME_ALLOWED}), or undefined ` +
      "for a key that it does not know",
  );
}

function failure(
  { group, module, key, target }: KeyQuestion,
  code: "INTERNAL" | "INVALID_ARGUMENT",
  what: string,
): MeshError {
  const asked = `the key module ${module} of group "${group}", asked for key ${quote(key)},`;
  return new MeshError(code, `${asked} ${what}`, { started: false, target });
}

/**
 * An error of the proxy, which knows the key's server only by a hash, with the server's name.
 *
 * @param error As it arrived.
 * @param owner The server that was named.
 */
export function nameOwner(error: MeshError, owner: KeyOwner): MeshError {
  const { code, message, started, server, target, metadata } = error;
  if (code !== "UNAVAILABLE" || started || message.includes(owner.name)) return error;
  return new MeshError(code, `the key module names server ${owner.name}: ${message}`, {
    started,
    metadata,
    ...(server !== undefined && { server }),
    ...(target !== undefined && { target }),
  });
}

function kindOf(value: unknown): string {
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function quote(text: string): string {
  return JSON.stringify(clip(text));
}

function clip(text: string): string {
  return text.length <= KEY_SHOWN_MAX_CHARS ? text : `${text.slice(0, KEY_SHOWN_MAX_CHARS)}…`;
}
