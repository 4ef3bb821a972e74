/**
 * Code blocks, links and headings of a Markdown document.
 *
 * @module
 */

/** A fenced block of code. */
export interface CodeBlock {
  /** Words behind the opening fence, the language first. */
  readonly info: readonly string[];
  /** What is between the fences. */
  readonly code: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** The fenced blocks of a document, in order. */
export function codeBlocks(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { info: string[]; line: number; code: string[] } | undefined;
  text.split("\n").forEach((line, i) => {
    const fence = /^\s*```(.*)$/.exec(line);
    if (!fence) open?.code.push(line);
    else if (open) {
      blocks.push({ info: open.info, line: open.line, code: open.code.join("\n") + "\n" });
      open = undefined;
    } else {
      open = { info: (fence[1] ?? "").trim().split(/\s+/), line: i + 1, code: [] };
    }
  });
  return blocks;
}

/** A document without its fenced blocks. */
export function prose(text: string): string {
  return text.replace(/^\s*```.*?^\s*```$/gms, "");
}

/** Targets of a document's links and pictures. */
export function links(text: string): string[] {
  return [...prose(text).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target ?? "");
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#+\s+(.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-")
  );
}

/** The cells of the first table of a document whose header row starts with these words. */
export function table(text: string, ...header: string[]): string[][] {
  const rows: string[][] = [];
  for (const line of text.split("\n")) {
    const cells = line.startsWith("|")
      ? line.split("|").slice(1, -1).map((cell) => cell.trim())
      : undefined;
    if (rows.length === 0) {
      if (cells && header.every((word, i) => cells[i] === word)) rows.push(cells);
    } else if (cells) rows.push(cells);
    else break;
  }
  return rows.slice(2); // without the header and the line below it
}
