/**
 * All mutants of a file, from its syntax tree.
 *
 * The operators are the usual ones of mutation testing, those that Offutt et al., "An Experimental Determination of
 * Sufficient Mutant Operators", TOSEM 5(2), 1996, found to suffice, and a few for code that is made of calls and guards.
 *
 * @module
 */
import ts from "typescript";
import type { Mutant, MutantKind } from "./mutant.ts";

const { SyntaxKind } = ts;

const COMPARISONS = new Map<string, string>([
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
  ["===", "!=="],
  ["!==", "==="],
]);
const LOGICAL = new Map([["&&", "||"], ["||", "&&"]]);
const SUMS = new Map([["+", "-"], ["-", "+"], ["+=", "-="], ["-=", "+="]]);
const BITS = new Map([["|", "&"], ["&", "|"], ["|=", "&="], ["&=", "|="]]);
const STEPS = new Map([["++", "--"], ["--", "++"]]);
const ASSIGNMENTS = new Set(["=", "+=", "-=", "|=", "&=", "??="]);
/** What logs and counts for operators is no part of the promises. */
const LOGS = /(^|[.#])log(ger)?\??\.(debug|info|warn|error)$|^console\.|[cC]ounters?\./;

/**
 * Makes all mutants of a source.
 *
 * @param file Its path.
 * @param text What it says.
 * @returns In the order of their places; always the same for the same text.
 */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const change = (kind: MutantKind, start: number, end: number, after: string) => {
    const { line, character } = source.getLineAndCharacterOfPosition(start);
    const before = text.slice(start, end);
    if (before === after) return;
    mutants.push({ kind, file, line: line + 1, column: character + 1, start, end, before, after });
  };
  const replace = (kind: MutantKind, node: ts.Node, after: string) =>
    change(kind, node.getStart(source), node.getEnd(), after);
  const visit = (node: ts.Node): void => {
    if (isBeside(node)) return;
    for (const [kind, of, after] of changesOf(node, source)) replace(kind, of, after);
    if (ts.isFunctionLike(node)) {
      const at = emptied(node, source);
      if (at !== undefined) change("return at once", at, at, " return;");
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants.sort((a, b) => a.start - b.start || a.end - b.end || (a.after < b.after ? -1 : 1));
}

/** What no mutant is made of: types, imports, texts of messages, logs. */
function isBeside(node: ts.Node): boolean {
  return ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) || ts.isTemplateExpression(node) || isLog(node);
}

function isLog(node: ts.Node): boolean {
  if (!ts.isExpressionStatement(node)) return false;
  const { expression } = node;
  if (ts.isCallExpression(expression)) return LOGS.test(expression.expression.getText());
  const counted = ts.isPostfixUnaryExpression(expression)
    ? expression.operand
    : ts.isBinaryExpression(expression)
    ? expression.left
    : undefined;
  return counted !== undefined && LOGS.test(counted.getText());
}

function* changesOf(
  node: ts.Node,
  source: ts.SourceFile,
): Generator<[MutantKind, ts.Node, string]> {
  if (ts.isBinaryExpression(node)) yield* ofOperator(node, source);
  else if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) {
    const after = STEPS.get(ts.tokenToString(node.operator)!);
    const operand = node.operand.getText(source);
    if (after !== undefined) {
      yield [
        "swap + and -",
        node,
        ts.isPrefixUnaryExpression(node) ? after + operand : operand + after,
      ];
    }
  } else if (ts.isNumericLiteral(node)) {
    const value = Number(node.text.replaceAll("_", ""));
    yield ["move a constant by one", node, String(value + 1)];
  } else if (node.kind === SyntaxKind.TrueKeyword) yield ["turn a boolean", node, "false"];
  else if (node.kind === SyntaxKind.FalseKeyword) yield ["turn a boolean", node, "true"];
  else if (ts.isIfStatement(node)) {
    yield ["negate a condition", node.expression, `!(${node.expression.getText(source)})`];
    if (node.elseStatement === undefined && leaves(node.thenStatement)) {
      yield ["drop a guard", node, ";"];
    }
  } else if (ts.isConditionalExpression(node)) {
    yield ["negate a condition", node.condition, `!(${node.condition.getText(source)})`];
  } else if (ts.isExpressionStatement(node)) {
    const kind = droppable(node.expression);
    if (kind !== undefined) yield [kind, node, ";"];
  } else if (ts.isCallExpression(node) || ts.isNewExpression(node)) yield* ofCall(node, source);
}

function* ofOperator(
  node: ts.BinaryExpression,
  source: ts.SourceFile,
): Generator<[MutantKind, ts.Node, string]> {
  const { operatorToken: operator } = node;
  const text = operator.getText(source);
  const tables: [MutantKind, ReadonlyMap<string, string>][] = [
    ["flip a comparison", COMPARISONS],
    ["swap && and ||", LOGICAL],
    ["swap | and &", BITS],
    ["swap + and -", SUMS],
  ];
  for (const [kind, table] of tables) {
    const after = table.get(text);
    if (after === undefined || (table === SUMS && speaks(node))) continue;
    yield [kind, operator, after];
  }
}

function* ofCall(
  node: ts.CallExpression | ts.NewExpression,
  source: ts.SourceFile,
): Generator<[MutantKind, ts.Node, string]> {
  const callee = node.expression.getText(source);
  if (callee === "Math.min") yield ["swap min and max", node.expression, "Math.max"];
  if (callee === "Math.max") yield ["swap min and max", node.expression, "Math.min"];
  if (/^Math\.(min|max|imul)$|Error$/.test(callee)) return;
  const of = node.arguments ?? [];
  for (let i = 0; i + 1 < of.length; i++) {
    const [first, second] = [of[i]!, of[i + 1]!];
    if ([first, second].some((one) => ts.isSpreadElement(one) || ts.isArrowFunction(one))) continue;
    const swapped = [...of.slice(0, i), second, first, ...of.slice(i + 2)];
    const inside = swapped.map((one) => one.getText(source)).join(", ");
    const types = node.typeArguments === undefined
      ? ""
      : `<${node.typeArguments.map((one) => one.getText(source)).join(", ")}>`;
    const word = ts.isNewExpression(node) ? "new " : "";
    const dot = ts.isCallExpression(node) && node.questionDotToken !== undefined ? "?." : "";
    yield ["swap arguments", node, `${word}${callee}${dot}${types}(${inside})`];
  }
}

/** What a statement does, if it can be left out. */
function droppable(node: ts.Expression): "drop a call" | "drop an assignment" | undefined {
  if (ts.isVoidExpression(node) || ts.isAwaitExpression(node)) return droppable(node.expression);
  if (ts.isCallExpression(node)) {
    return node.expression.kind === SyntaxKind.SuperKeyword ? undefined : "drop a call";
  }
  if (ts.isBinaryExpression(node)) {
    return ASSIGNMENTS.has(ts.tokenToString(node.operatorToken.kind) ?? "")
      ? "drop an assignment"
      : undefined;
  }
  const steps = ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node);
  return steps && STEPS.has(ts.tokenToString(node.operator)!) ? "drop an assignment" : undefined;
}

/** Whether a statement does nothing but leave its block. */
function leaves(node: ts.Statement): boolean {
  if (ts.isBlock(node)) return node.statements.length === 1 && leaves(node.statements[0]!);
  return ts.isReturnStatement(node) || ts.isContinueStatement(node) ||
    ts.isBreakStatement(node) || ts.isThrowStatement(node);
}

/** Where a function that gives nothing may return at once; one of a single statement is mutated as that. */
function emptied(node: ts.SignatureDeclaration, source: ts.SourceFile): number | undefined {
  const { body } = node as ts.FunctionLikeDeclaration;
  if (body === undefined || !ts.isBlock(body) || body.statements.length < 2) return undefined;
  if (!/^(void|Promise<void>)$/.test(node.type?.getText(source) ?? "")) return undefined;
  return body.getStart(source) + 1;
}

/** Whether `+` joins texts. */
function speaks(node: ts.Expression): boolean {
  if (ts.isBinaryExpression(node)) return speaks(node.left) || speaks(node.right);
  if (ts.isParenthesizedExpression(node)) return speaks(node.expression);
  if (ts.isConditionalExpression(node)) return speaks(node.whenTrue) || speaks(node.whenFalse);
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}
