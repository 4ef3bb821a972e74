/**
 * Settings that name files: how their faults are reported.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { showValue } from "./fault.ts";

/** Reports one fault: path of the setting, what was seen, what is allowed. */
export type ReportFault = (path: string, seen: string, allowed: string) => void;

/** Makes the path that a setting holds absolute: relative to the file, or for a flag to where it was typed. */
export type Absolute = (setting: string, path: string) => string;

/** Reports a path that is no file; `true` when it is one that can be read. */
export async function checkFile(
  setting: string,
  path: string,
  written: string,
  fault: ReportFault,
): Promise<boolean> {
  try {
    // Looked at first: opening a pipe waits for somebody who writes into it.
    if ((await Deno.stat(path)).isFile) {
      (await Deno.open(path)).close();
      return true;
    }
    fault(setting, showValue(written), `a file; ${path} is none`);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    const why = missing ? "does not exist" : textOf(error);
    fault(setting, showValue(written), `an existing file; ${path}: ${why}`);
  }
  return false;
}
