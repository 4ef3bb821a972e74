/**
 * The log: lines on stderr, one each, for people or as JSON.
 *
 * Whoever logs does not wait and gets no errors, whatever he logs and whoever reads it. Own code, since workers
 * run under the configuration of the user's project and can load only what is reached by relative paths.
 *
 * @module
 */
import { cutText, inspect, inspectFields, type ShownFields } from "../boundary/inspect.ts";
import type { Log } from "../client/types.ts";
import { LOG_MESSAGE_MAX_CHARS, LOG_NAME_MAX_CHARS } from "../limits.ts";
import type { LogLimit } from "./log_limit.ts";
import { type Level, LEVELS, type LogFormat } from "./log_record.ts";
import { type LogOutput, type LogRecord, timeNow } from "./log_record.ts";
import { processLimit, stderrOutput } from "./process_log.ts";

export { type Level, LEVELS };

/** Which lines are written, and how. */
export interface LogSettings {
  /** Lines below this level are left out. */
  readonly level: Level;
  /** For people, or one JSON object per line. */
  readonly format: LogFormat;
}

/** Where lines go, and how many of them. */
export interface LogWays {
  /** Where lines go. Default: this process's stderr. */
  readonly output?: LogOutput;
  /** The allowance of each kind of line; `null`: no line is left out. Default: this process's. */
  readonly limit?: LogLimit | null;
}

/** A {@linkcode Log} of a process. */
export class Logger implements Log {
  readonly #settings: LogSettings;
  readonly #own: ShownFields;
  readonly #lowest: number;
  readonly #output: LogOutput;
  readonly #limit: LogLimit | null;

  /**
   * @param settings Which lines are written, and how.
   * @param fields What every line carries. No field of a single line can take such a name.
   * @param ways See {@linkcode LogWays}.
   */
  constructor(
    settings: LogSettings,
    fields: Readonly<Record<string, unknown>> = {},
    { output = stderrOutput(settings.format), limit = processLimit }: LogWays = {},
  ) {
    this.#settings = settings;
    this.#own = inspectFields(fields);
    this.#lowest = LEVELS.indexOf(settings.level);
    this.#output = output;
    this.#limit = limit;
  }

  /**
   * The same log with more fields on every line.
   *
   * Lines are limited by kind, that is by level and message: strangers may cause them. What differs from line to
   * line belongs into the fields.
   */
  with(fields: Readonly<Record<string, unknown>>): Logger {
    return this.#derived(fields, this.#limit);
  }

  /** The same log for the lines of user code, with more fields on every line: none of them is left out. */
  forUser(fields: Readonly<Record<string, unknown>> = {}): Logger {
    return this.#derived(fields, null);
  }

  // Functions of their own, which can be passed on: `promise.catch(ctx.log.error)`.
  readonly debug = (message: string, fields?: Record<string, unknown>): void =>
    this.#log("debug", message, fields);

  readonly info = (message: string, fields?: Record<string, unknown>): void =>
    this.#log("info", message, fields);

  readonly warn = (message: string, fields?: Record<string, unknown>): void =>
    this.#log("warn", message, fields);

  readonly error = (message: string, fields?: Record<string, unknown>): void =>
    this.#log("error", message, fields);

  /** Passes on what another process of this server has logged; `own` says which one, whatever the record says. */
  pass(record: LogRecord, own: ShownFields): void {
    if (LEVELS.indexOf(record.level) < this.#lowest) return;
    const origin = { ...this.#own, ...own };
    try {
      this.#output.write({ ...record, own: { ...origin, ...record.own, ...origin } });
    } catch {
      // Made by somebody who has got hold of the worker's token: too deep to be written.
    }
  }

  #derived(fields: Readonly<Record<string, unknown>>, limit: LogLimit | null): Logger {
    const all = { ...this.#own, ...inspectFields(fields) };
    return new Logger(this.#settings, all, { output: this.#output, limit });
  }

  #log(level: Level, message: unknown, fields: unknown): void {
    if (LEVELS.indexOf(level) < this.#lowest) return;
    try {
      const text = messageText(message);
      if (
        this.#limit !== null &&
        !this.#limit.admits(`${level} ${text}`, (leftOut, inMs) => {
          this.#write(level, `… and ${leftOut} more like it: ${text}`, { leftOut, inMs });
        })
      ) return;
      this.#write(level, text, inspectFields(fields));
    } catch {
      // User code has put something of its own in the place of what we need. Its line is lost, its call is not.
    }
  }

  #write(level: Level, message: string, fields: ShownFields): void {
    this.#output.write({
      time: timeNow(),
      level,
      message,
      own: this.#own,
      fields: withShortNames(fields),
    });
  }
}

function messageText(message: unknown): string {
  const shown = typeof message === "string" ? message : inspect(message);
  return cutText(
    typeof shown === "string" ? shown : JSON.stringify(shown),
    LOG_MESSAGE_MAX_CHARS,
  );
}

function withShortNames(fields: ShownFields): ShownFields {
  if (Object.keys(fields).every((name) => name.length <= LOG_NAME_MAX_CHARS)) return fields;
  const short: ShownFields = Object.create(null);
  for (const [name, value] of Object.entries(fields)) {
    short[cutText(name, LOG_NAME_MAX_CHARS)] = value;
  }
  return short;
}
