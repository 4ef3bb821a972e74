/**
 * A mutant: the source with one small change that nobody meant.
 *
 * @module
 */

/** What is done to a place. */
export type MutantKind =
  | "flip a comparison"
  | "swap && and ||"
  | "negate a condition"
  | "drop a call"
  | "drop an assignment"
  | "drop a guard"
  | "swap arguments"
  | "move a constant by one"
  | "turn a boolean"
  | "swap + and -"
  | "swap | and &"
  | "swap min and max"
  | "return at once";

/** One change. */
export interface Mutant {
  readonly kind: MutantKind;
  /** The source file, relative to the repository. */
  readonly file: string;
  /** Where, counted from 1. */
  readonly line: number;
  readonly column: number;
  /** The place in the text. */
  readonly start: number;
  readonly end: number;
  /** What stands there, and what stands there instead. */
  readonly before: string;
  readonly after: string;
}

/** The mutated text of a file. */
export function mutated(source: string, { start, end, before, after }: Mutant): string {
  if (source.slice(start, end) !== before) throw new Error("the mutant is of another source");
  return source.slice(0, start) + after + source.slice(end);
}

/** A mutant in one line, for people; also its name. */
export function describe({ file, line, column, kind, before, after }: Mutant): string {
  const short = (text: string) => {
    const one = text.trim().replace(/\s+/g, " ");
    return one.length > 60 ? `${one.slice(0, 57)}...` : one;
  };
  const change = after === "" || after === ";"
    ? `without ${short(before)}`
    : before === ""
    ? `with ${short(after)}`
    : `${short(before)} → ${short(after)}`;
  return `${file}:${line}:${column} ${kind}: ${change}`;
}
