/**
 * Environment variables of ours: those that stand for a setting, and the others.
 *
 * @module
 */
import { CONFIG_ENV, SETTINGS } from "./settings.ts";
import { suggest } from "./suggest.ts";

/** A variable that is no setting of a server. */
export interface OtherVariable {
  readonly env: string;
  /** What it does. */
  readonly help: string;
}

/** With this variable set to `1`, a server drains when its stdin ends. */
export const STDIN_ENV = "MESH_STDIN_LIFELINE";

/** Every such variable. */
export const OTHER_VARIABLES: readonly OtherVariable[] = [
  {
    env: STDIN_ENV,
    help:
      "`1`: `mesh run` drains when its stdin ends, and so with the program that started it and holds the " +
      "other end of the pipe, however that ends.",
  },
  {
    env: "MESH_NATIVE_LIB",
    help: "Path of the native library. Default: the one beside the program.",
  },
  {
    env: "MESH_MARK_DEVICE",
    help:
      "How processes wait for alerts: `reactor` or `epoll`. Default: the first of them that works here.",
  },
];

/** A variable that looks like one of ours and is none. */
export interface UnknownVariable {
  readonly env: string;
  /** The one that may be meant. */
  readonly meant: string | undefined;
}

/** The names of all variables that mean something. */
export function knownVariables(): string[] {
  return [CONFIG_ENV, ...[...SETTINGS, ...OTHER_VARIABLES].map(({ env }) => env)];
}

/**
 * The variables whose name begins like ours, but which mean nothing: most likely a mistake.
 *
 * @param env The environment.
 */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): UnknownVariable[] {
  const known = knownVariables();
  return Object.keys(env)
    .filter((name) => name.startsWith("MESH_") && !known.includes(name)).sort()
    .map((name) => ({ env: name, meant: suggest(name, known) }));
}
