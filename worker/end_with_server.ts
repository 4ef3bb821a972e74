/**
 * Processes that run code of the user, and whose end must not depend on it.
 *
 * @module
 */
import { REPORT_BYTES } from "../limits.ts";
import { NativeFault, readReport } from "../native/fault.ts";
import { native } from "../native/ffi.ts";

/**
 * This process ends with the one that started it: also while it loops in code of the user, or is stopped, and
 * would not notice by itself.
 */
export function endWithServer(): void {
  const result = native().mesh_end_with_parent();
  if (result < 0) throw new NativeFault(readReport(result, new Uint8Array(REPORT_BYTES)));
}
