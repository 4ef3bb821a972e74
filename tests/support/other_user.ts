/**
 * For tests: another user of the machine. Only root can be another one.
 *
 * @module
 */
import { commandPath } from "../skip.ts";

/** Ids that belong to nobody. */
export const OTHER_UID = 54_321;
/** See {@linkcode OTHER_UID}. */
export const VICTIM_UID = 54_322;

/** Why there can be no other user here; `undefined`: there can. */
export const noOtherUser = Deno.uid() !== 0
  ? "only root can be another user"
  : commandPath("setpriv") === undefined
  ? "setpriv is not installed"
  : undefined;

/** A command as another user runs it. */
export function asUser(uid: number, command: string, args: readonly string[]): [string, string[]] {
  const ids = [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  return ["setpriv", [...ids, command, ...args]];
}
