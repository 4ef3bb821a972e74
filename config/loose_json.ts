/**
 * JSON as Deno reads its own configuration: with comments, and forgiving.
 *
 * Names without quotes, texts in single quotes and over several lines, commas that are missing or one too many,
 * hexadecimal numbers and a leading plus are all accepted there. A project that Deno takes must not fail here.
 *
 * @module
 */

const SPACE = /(?:\s|\/\/.*|\/\*[^]*?\*\/)*/y;
const QUOTED = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/y;
const NUMBER = /[-+]?(?:0x[0-9a-f]+|(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)/iy;
const WORD = /[\w$-]+/y;
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/**
 * Reads a text.
 *
 * @returns What is in it; `undefined` when that is nothing but space and comments.
 * @throws {SyntaxError} With line and column.
 */
export function parseLooseJson(text: string): unknown {
  let at = 0;

  /** Takes what a pattern matches here; `undefined`: it does not. */
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const next = (): string | undefined => {
    take(SPACE);
    return text[at];
  };
  const wrong = (wanted: string): SyntaxError => {
    const before = text.slice(0, at);
    const column = before.length - before.lastIndexOf("\n");
    const seen = at >= text.length ? "the end of the file" : JSON.stringify(text[at]);
    const where = `line ${before.split("\n").length}, column ${column}`;
    return new SyntaxError(`${seen} where ${wanted} is expected (${where})`);
  };
  const skipComma = () => {
    if (next() === ",") at++;
  };

  const value = (): unknown => {
    const first = next();
    if (first === "{") return object();
    if (first === "[") return array();
    const quoted = take(QUOTED);
    if (quoted !== undefined) return unquoted(quoted);
    const number = take(NUMBER);
    if (number !== undefined) return numberOf(number);
    const start = at;
    const word = take(WORD);
    if (word !== undefined && Object.hasOwn(WORDS, word)) return WORDS[word];
    at = start;
    throw wrong("a value");
  };
  const object = (): Record<string, unknown> => {
    const entries: [string, unknown][] = [];
    at++;
    while (next() !== "}") {
      const quoted = take(QUOTED);
      const name = quoted === undefined ? take(WORD) : unquoted(quoted);
      if (name === undefined) throw wrong("a name or }");
      if (next() !== ":") throw wrong("a colon");
      at++;
      entries.push([name, value()]);
      skipComma();
    }
    at++;
    return Object.fromEntries(entries);
  };
  const array = (): unknown[] => {
    const items: unknown[] = [];
    at++;
    while (next() !== "]") {
      items.push(value());
      skipComma();
    }
    at++;
    return items;
  };

  if (next() === undefined) return undefined;
  const whole = value();
  if (next() !== undefined) throw wrong("the end of the file");
  return whole;
}

function unquoted(quoted: string): string {
  // One pass: a backslash that is escaped escapes nothing behind it.
  const inside = quoted.slice(1, -1).replace(/\\[^]|["\n\r\t]/g, (found) => {
    if (found.length === 1) return JSON.stringify(found).slice(1, -1);
    return found === "\\'" ? "'" : found;
  });
  try {
    return JSON.parse(`"${inside}"`);
  } catch {
    return inside;
  }
}

function numberOf(text: string): number {
  const negative = text.startsWith("-");
  const size = Number(text.replace(/^[-+]/, ""));
  return negative ? -size : size;
}
