/**
 * The environment as it is: Deno leaves out what is not UTF-8, and a secret that is left out lets everybody in.
 *
 * @module
 */
import { ConfigError } from "./fault.ts";

/**
 * Refuses variables of ours whose value is not text.
 *
 * @param environ Contents of `/proc/self/environ`; default: this process's.
 * @throws {ConfigError} With each of them.
 */
export function refuseOddVariables(environ: Uint8Array = readEnviron()): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const faults = [];
  for (let at = 0; at < environ.length;) {
    const end = environ.indexOf(0, at);
    const entry = environ.subarray(at, end < 0 ? environ.length : end);
    at = end < 0 ? environ.length : end + 1;
    const equals = entry.indexOf(0x3d);
    const name = new TextDecoder().decode(entry.subarray(0, Math.max(equals, 0)));
    if (!name.startsWith("MESH_")) continue;
    try {
      decoder.decode(entry);
    } catch {
      faults.push({ path: name, seen: "bytes that are not UTF-8", allowed: "text in UTF-8" });
    }
  }
  if (faults.length > 0) throw new ConfigError(faults, undefined);
}

function readEnviron(): Uint8Array {
  try {
    return Deno.readFileSync("/proc/self/environ");
  } catch {
    return new Uint8Array(0); // no /proc: nothing can be known
  }
}
