/**
 * Tables for people: aligned columns of text.
 *
 * @module
 */

/**
 * Rows of cells with their columns aligned, two blanks between them.
 *
 * @param rows The rows; a first row with names is the caller's matter.
 * @returns The lines, each with its end of line; empty for no rows.
 */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row.map((cell, i) => i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)).join("  ")
      .trimEnd() +
    "\n"
  ).join("");
}
