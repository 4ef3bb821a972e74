/**
 * For tests: other users of the machine. Only root can be another one.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { commandPath } from "../skip.ts";

/** An id that belongs to nobody. */
export const OTHER_UID = 54_321;
/** Another one. */
export const VICTIM_UID = 54_322;

/** Why there can be no other user here; `undefined`: there can. */
export const noOtherUser = Deno.uid() !== 0
  ? "only root can be another user"
  : commandPath("setpriv") === undefined
  ? "setpriv is not installed"
  : undefined;

/** Why another user cannot run this checkout; `undefined`: it can. */
export const noOthersProgram = noOtherUser ?? (() => {
  for (const path of [Deno.execPath(), fromFileUrl(new URL("../../main.ts", import.meta.url))]) {
    const [command, args] = asUser(OTHER_UID, "test", ["-r", path]);
    if (!new Deno.Command(command, { args }).outputSync().success) {
      return `other users cannot read ${path}`;
    }
  }
})();

/** A command as another user runs it. */
export function asUser(uid: number, command: string, args: readonly string[]): [string, string[]] {
  const ids = [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  return ["setpriv", [...ids, command, ...args]];
}
