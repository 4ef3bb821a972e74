/**
 * Log lines on stderr: one line each, for people or as JSON.
 *
 * Own code, since workers run under the configuration of the user's project and can load only what is
 * reached by relative paths.
 *
 * @module
 */
import type { Log } from "../client/types.ts";

/** From the most to the least talkative. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;
/** How important a line is. */
export type Level = (typeof LEVELS)[number];

/** Which lines are written, and how. */
export interface LogSettings {
  /** Lines below this level are left out. */
  readonly level: Level;
  /** For people, or one JSON object per line. */
  readonly format: "text" | "json";
}

const encoder = new TextEncoder();

/** A {@linkcode Log} that writes to stderr. */
export class Logger implements Log {
  readonly #settings: LogSettings;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #lowest: number;

  /**
   * @param settings Which lines are written, and how.
   * @param fields What every line carries.
   */
  constructor(settings: LogSettings, fields: Readonly<Record<string, unknown>> = {}) {
    this.#settings = settings;
    this.#fields = fields;
    this.#lowest = LEVELS.indexOf(settings.level);
  }

  /** The same log with more fields on every line. */
  with(fields: Readonly<Record<string, unknown>>): Logger {
    return new Logger(this.#settings, { ...this.#fields, ...fields });
  }

  debug(message: string, fields?: Record<string, unknown>): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields?: Record<string, unknown>): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields?: Record<string, unknown>): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: Record<string, unknown>): void {
    this.#write("error", message, fields);
  }

  #write(level: Level, message: string, fields: Record<string, unknown> = {}): void {
    if (LEVELS.indexOf(level) < this.#lowest) return;
    const time = new Date().toISOString();
    const all = { ...this.#fields, ...fields };
    const line = this.#settings.format === "json"
      ? JSON.stringify({ time, level, message, ...all }, jsonValue)
      : `${time} ${level.padEnd(5)} ${message}${textFields(all)}`;
    try {
      Deno.stderr.writeSync(encoder.encode(line + "\n"));
    } catch {
      // Nobody reads our stderr any more: there is no better place to say so.
    }
  }
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return value.stack ?? value.message;
  return value;
}

function textFields(fields: Record<string, unknown>): string {
  let text = "";
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (value instanceof Error) text += ` ${name}=${value.stack ?? value.message}`;
    else if (typeof value === "string") text += ` ${name}=${plainWord(value)}`;
    else text += ` ${name}=${JSON.stringify(value, jsonValue)}`;
  }
  return text;
}

function plainWord(value: string): string {
  return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}
