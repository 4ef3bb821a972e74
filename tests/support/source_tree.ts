/**
 * The project's own files and what they import, for tests about the code itself.
 *
 * @module
 */

/** The repository's folder, without a slash at its end. */
export const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Folders that hold what others wrote or what is made of our sources. */
const NOT_OURS = new Set(["node_modules", "dist", "target", ".git", ".deno"]);

/**
 * All files of the project whose path matches.
 *
 * @param pattern What the path, relative to the repository, must match.
 * @returns Relative paths, sorted.
 */
export function projectFiles(pattern: RegExp): string[] {
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const entry of Deno.readDirSync(`${ROOT}/${folder}`)) {
      if (NOT_OURS.has(entry.name)) continue;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory) visit(path);
      else if (entry.isFile && pattern.test(path)) found.push(path);
    }
  };
  visit("");
  return found.sort();
}

/** A project file's text. */
export function textOf(path: string): string {
  return Deno.readTextFileSync(`${ROOT}/${path}`);
}

/** An import or re-export. */
export interface Specifier {
  /** The imported module as written. */
  name: string;
  /** Only types are imported: nothing is left of it at run time. */
  typeOnly: boolean;
}

/**
 * What a module imports or re-exports.
 *
 * @param source The module's text.
 */
export function specifiersOf(source: string): Specifier[] {
  const code = source.replace(/\/\*.*?\*\//gs, "").replace(/^\s*\/\/.*$/gm, "");
  const statements =
    /^\s*(?:import|export)\s(type\s)?(?:[^;"'`]*?\sfrom\s)?\s*"([^"]+)"|^\s*import\s*"([^"]+)"/gm;
  const dynamic = /(typeof\s+)?\bimport\(\s*"([^"]+)"\s*\)/g;
  return [
    ...[...code.matchAll(statements)].map(([, type, name, bare]) => ({
      name: name ?? bare ?? "",
      typeOnly: type !== undefined,
    })),
    ...[...code.matchAll(dynamic)].map(([, type, name]) => ({
      name: name ?? "",
      typeOnly: type !== undefined,
    })),
  ];
}

/** A relative import of a module as a path in the repository; `undefined` for others. */
export function resolveImport(importer: string, specifier: string): string | undefined {
  if (!/^\.\.?\//.test(specifier)) return undefined;
  return new URL(specifier, `file:///${importer}`).pathname.slice(1);
}
