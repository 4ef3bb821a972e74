/**
 * A copy of the sources that mutants are put into, one after the other.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import ts from "typescript";
import { ROOT, sourceOf } from "./heart.ts";
import { type Mutant, mutated } from "./mutant.ts";

/** Shared by all copies: nobody writes there. */
const SHARED = new Set(["node_modules", "dist"]);
/** Made of sources, or nothing that a run needs. */
const LEFT_OUT = new Set([".git", ".deno", "target", "bench", "examples"]);

/** Puts one mutant at a time into its copy, and takes it out again. */
export class Ground implements Disposable {
  /** Where it is. */
  readonly directory = Deno.makeTempDirSync({ prefix: "mesh-mutant-" });
  #spoilt: { readonly path: string; readonly source: string } | undefined;

  constructor() {
    copy("", this.directory);
  }

  /** Puts a mutant in, in place of the one before. */
  put(mutant: Mutant): void {
    this.restore();
    const path = join(this.directory, mutant.file);
    const source = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, mutated(source, mutant));
    this.#spoilt = { path, source };
  }

  /** Takes the mutant out. */
  restore(): void {
    if (this.#spoilt === undefined) return;
    Deno.writeTextFileSync(this.#spoilt.path, this.#spoilt.source);
    this.#spoilt = undefined;
  }

  /** The tests beside a file that reach it, its own first. */
  testsOf(file: string): string[] {
    const folder = dirname(file);
    const own = file.replace(/\.ts$/, "_test.ts");
    return [...Deno.readDirSync(join(this.directory, folder))]
      .map(({ name }) => `${folder}/${name}`)
      .filter((path) => path.endsWith("_test.ts") && reaches(path, file))
      .sort((a, b) => a === own ? -1 : b === own ? 1 : a < b ? -1 : 1);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

function copy(folder: string, to: string): void {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(join(ROOT, folder))) {
    const path = join(folder, name);
    if (LEFT_OUT.has(name)) continue;
    if (SHARED.has(name)) Deno.symlinkSync(join(ROOT, path), join(to, path));
    else if (isDirectory) {
      Deno.mkdirSync(join(to, path));
      copy(path, to);
    } else if (isFile) Deno.copyFileSync(join(ROOT, path), join(to, path));
  }
}

const imports = new Map<string, string[]>();

/** What a file imports by relative path. */
function importsOf(path: string): string[] {
  let found = imports.get(path);
  if (found === undefined) {
    found = ts.preProcessFile(sourceOf(path)).importedFiles
      .filter(({ fileName }) => /^\..*\.tsx?$/.test(fileName))
      .map(({ fileName }) => join(dirname(path), fileName));
    imports.set(path, found);
  }
  return found;
}

/** Whether a file imports another one, directly or not. */
function reaches(from: string, to: string): boolean {
  const seen = new Set<string>();
  const left = [from];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (path === to) return true;
    if (seen.has(path)) continue;
    seen.add(path);
    left.push(...importsOf(path));
  }
  return false;
}
