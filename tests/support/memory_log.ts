/**
 * A log that a test can read.
 *
 * @module
 */
import type { Log } from "../../client/types.ts";

/** A log whose lines can be looked at. */
export class MemoryLog implements Log {
  readonly lines: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  debug = (message: string, fields = {}) => this.#add("debug", message, fields);
  info = (message: string, fields = {}) => this.#add("info", message, fields);
  warn = (message: string, fields = {}) => this.#add("warn", message, fields);
  error = (message: string, fields = {}) => this.#add("error", message, fields);

  /** The messages of all lines but those for debugging. */
  get told(): string[] {
    return this.lines.filter(({ level }) => level !== "debug").map(({ message }) => message);
  }

  #add(level: string, message: string, fields: Record<string, unknown>): void {
    this.lines.push({ level, message, fields });
  }
}
