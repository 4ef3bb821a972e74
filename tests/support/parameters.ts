/**
 * How many parameters functions take, for a test about the code itself.
 *
 * @module
 */
import ts from "typescript";

/**
 * The functions of a module that take more than `most` parameters.
 *
 * @param path For the answers.
 * @param source The module's text.
 * @returns One text each: `"client/page.ts:53 settlePart takes 6"`.
 */
export function functionsWithMany(path: string, source: string, most: number): string[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && node.parameters.length > most) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      const name = node.name?.getText(file) ?? "a function";
      found.push(`${path}:${line + 1} ${name} takes ${node.parameters.length}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
