/**
 * Tests that need something a machine may lack: counted as skipped there, with the reason shown.
 *
 * @module
 */

/**
 * Registers a test; or, when something it needs is missing, a skipped one whose name ends in the reason
 * (the test runner prints and counts it).
 *
 * @param missing What is missing here, as from {@linkcode missingCommand}; `undefined`: nothing, run it.
 * @param name The test's name.
 * @param test The test.
 */
export function testUnless(
  missing: string | undefined,
  name: string,
  test: (t: Deno.TestContext) => void | Promise<void>,
): void {
  if (missing === undefined) Deno.test(name, test);
  else Deno.test({ name: `${name} (skipped: ${missing})`, ignore: true, fn: test });
}

/**
 * Why a test that runs one of these commands can't run here.
 *
 * @param names Names of the command, the first found on the PATH serves.
 * @returns `undefined` when there is one, else a sentence for {@linkcode testUnless}.
 */
export function missingCommand(...names: string[]): string | undefined {
  return commandPath(...names) === undefined ? `${names.join(" or ")} is not installed` : undefined;
}

/**
 * The path of a command.
 *
 * @param names Names of the command, in order of preference.
 * @returns Path of the first that is found on the PATH; `undefined` when there is none.
 */
export function commandPath(...names: string[]): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  for (const name of names) {
    for (const folder of folders) {
      try {
        const info = Deno.statSync(`${folder}/${name}`);
        if (info.isFile && ((info.mode ?? 0) & 0o111) !== 0) return `${folder}/${name}`;
      } catch {
        // not in this folder
      }
    }
  }
  return undefined;
}
