/**
 * A Deno beside a compiled program, for users' modules that have dependencies of their own.
 *
 * @module
 */

/** The oldest Deno that mesh runs on; newer ones of the same major version fit. */
export const DENO_MIN = [2, 9, 6] as const;

/**
 * Looks for a Deno: the one that `DENO` names, else the one on the PATH.
 *
 * @returns How to run it; `undefined` when there is none that fits.
 */
export function findDeno(): string | undefined {
  const command = Deno.env.get("DENO") || "deno";
  try {
    const { success, stdout } = new Deno.Command(command, {
      args: ["--version"],
      stdin: "null",
      stderr: "null",
    }).outputSync();
    return success && denoFits(new TextDecoder().decode(stdout)) ? command : undefined;
  } catch {
    return undefined; // not on the PATH, or not to be run
  }
}

/** Whether `deno --version` that prints this is one that mesh runs on. */
export function denoFits(printed: string): boolean {
  const version = /^deno (\d+)\.(\d+)\.(\d+)/.exec(printed)?.slice(1).map(Number);
  if (version === undefined) return false;
  const [major = 0, minor = 0, patch = 0] = version;
  return major === DENO_MIN[0] &&
    (minor > DENO_MIN[1] || (minor === DENO_MIN[1] && patch >= DENO_MIN[2]));
}
