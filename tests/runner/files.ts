/**
 * Which test files there are, and which suite each belongs to.
 *
 * @module
 */

/** Folders that hold no tests of ours. */
const SKIPPED = new Set(["node_modules", "dist", "target", "fixtures"]);

/**
 * All test files under a folder.
 *
 * @param root The folder.
 * @param under Only those below this path, relative to `root`; `""` for all.
 * @returns Paths relative to `root`, sorted.
 */
export function testFiles(root: string, under = ""): string[] {
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const entry of Deno.readDirSync(`${root}/${folder}`)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory && !SKIPPED.has(entry.name) && !entry.name.startsWith(".")) visit(path);
      else if (entry.isFile && /_test\.tsx?$/.test(entry.name)) found.push(path);
    }
  };
  visit(under);
  return found.sort();
}

/**
 * The suite a test file belongs to: `unit` when it stands beside the file it tests (also those of the
 * test runner), `bench` for the benchmarks run small, `project` for those directly in tests/, else the name of its folder in tests/.
 */
export function suiteOf(path: string): string {
  const [top, folder, ...rest] = path.split("/");
  if (top === "bench") return "bench";
  if (top !== "tests" || folder === "runner" || folder === "support") return "unit";
  return rest.length > 0 && folder !== undefined ? folder : "project";
}
