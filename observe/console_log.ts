/**
 * `console` of user code, as lines of the log.
 *
 * @module
 */
import { cutText, inspect, type Shown } from "../boundary/inspect.ts";
import type { Log } from "../client/types.ts";
import { CONSOLE_GROUPS_MAX, CONSOLE_LABELS_MAX, LOG_MESSAGE_MAX_CHARS } from "../limits.ts";
import { reached } from "../limits/reached.ts";

type Say = (...values: unknown[]) => void;

const PLAIN_NAME = /^[\w$]+$/;

/**
 * Has `console` write to a log. No method throws, whatever it is given.
 *
 * @param log Where its lines go.
 * @param target The console.
 */
export function captureConsole(log: Log, target: Console = console): void {
  Object.assign(target, consoleMethods(log));
}

/**
 * The methods of a console whose lines go to a log.
 *
 * @param log Where they go.
 * @param now The clock of `time()`.
 */
export function consoleMethods(
  log: Log,
  now: () => number = () => performance.now(),
): Record<string, Say> {
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();
  let groups = 0;
  const say = (level: keyof Log, text: string, fields?: Record<string, unknown>) => {
    log[level]("  ".repeat(Math.min(groups, CONSOLE_GROUPS_MAX)) + text, fields);
  };
  const saying = (level: keyof Log): Say => (...values) => say(level, messageOf(values));
  const elapsed = (name: string, more: readonly unknown[]) => {
    const startMs = timers.get(name);
    if (startMs === undefined) return say("warn", `timer "${name}" does not exist`);
    const text = `${name}: ${(now() - startMs).toFixed(3)} ms`;
    say("info", more.length === 0 ? text : `${text} ${messageOf(more)}`);
  };
  const group: Say = (...values) => {
    if (values.length > 0) say("info", messageOf(values));
    groups++;
  };
  // What shows one value: options, and the columns of a table, are for terminals.
  const show: Say = (value) => say("info", textOf(value));
  const methods: Record<string, Say> = {
    debug: saying("debug"),
    log: saying("info"),
    info: saying("info"),
    warn: saying("warn"),
    error: saying("error"),
    dir: show,
    dirxml: saying("info"),
    table: show,
    trace: (...values) => {
      const at: { stack?: string } = {};
      Error.captureStackTrace(at, safe.trace);
      say("info", values.length === 0 ? "Trace" : messageOf(values), at);
    },
    assert: (holds, ...values) => {
      if (holds) return;
      say("error", `Assertion failed${values.length === 0 ? "" : `: ${messageOf(values)}`}`);
    },
    count: (label) => {
      const name = labelOf(label);
      const count = (counts.get(name) ?? 0) + 1;
      if (count > 1 || counts.size < CONSOLE_LABELS_MAX) counts.set(name, count);
      else reached("CONSOLE_LABELS_MAX");
      say("info", `${name}: ${count}`);
    },
    countReset: (label) => void counts.delete(labelOf(label)),
    time: (label) => {
      const name = labelOf(label);
      if (timers.has(name)) return say("warn", `timer "${name}" already exists`);
      if (timers.size < CONSOLE_LABELS_MAX) timers.set(name, now());
      else reached("CONSOLE_LABELS_MAX");
    },
    timeLog: (label, ...values) => elapsed(labelOf(label), values),
    timeEnd: (label) => {
      const name = labelOf(label);
      elapsed(name, []);
      timers.delete(name);
    },
    group,
    groupCollapsed: group,
    groupEnd: () => void (groups = Math.max(0, groups - 1)),
    clear: () => void (groups = 0),
  };
  const safe = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, harmless(method)]),
  );
  return safe;
}

/** A method that user code calls: nothing of ours may go wrong in its hands. */
function harmless(method: Say): Say {
  return (...values) => {
    try {
      method(...values);
    } catch {
      // There is no better place to say so.
    }
  };
}

function labelOf(label: unknown): string {
  return label === undefined ? "default" : cutText(textOf(label), 256);
}

/** As `console.log` puts its arguments together: the first may have places for the others. */
function messageOf(values: readonly unknown[]): string {
  const [first, ...rest] = values;
  let text = "";
  if (typeof first === "string") text = filled(first, rest);
  else if (values.length > 0) text = textOf(first);
  for (const value of rest) {
    if (text.length > LOG_MESSAGE_MAX_CHARS) break;
    text += ` ${textOf(value)}`;
  }
  return text;
}

/** Fills the places of a format, and takes what it has used from `rest`. */
function filled(format: string, rest: unknown[]): string {
  if (rest.length === 0) return cutText(format, LOG_MESSAGE_MAX_CHARS);
  return cutText(format, LOG_MESSAGE_MAX_CHARS).replace(/%[sdifjoOc%]/g, (place) => {
    if (place === "%%") return "%";
    if (rest.length === 0) return place;
    const value = rest.shift();
    switch (place) {
      case "%s":
        return textOf(value);
      case "%d":
      case "%i":
      case "%f":
        return numberText(value, place);
      case "%c":
        return "";
      default:
        return shownText(inspect(value));
    }
  });
}

function numberText(value: unknown, place: string): string {
  if (typeof value === "bigint") return textOf(value);
  if (typeof value !== "number" && typeof value !== "string") return "NaN";
  const number = Number(value);
  return String(place === "%i" ? Math.trunc(number) : number);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return cutText(value, LOG_MESSAGE_MAX_CHARS);
  if (value === undefined) return "undefined";
  const shown = inspect(value);
  return typeof shown === "string" ? shown : shownText(shown);
}

/** As it is written in a program. */
function shownText(value: Shown): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? "[]" : `[ ${value.map(shownText).join(", ")} ]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const properties = Object.entries(value).map(([name, property]) =>
    `${PLAIN_NAME.test(name) ? name : JSON.stringify(name)}: ${shownText(property)}`
  );
  return properties.length === 0 ? "{}" : `{ ${properties.join(", ")} }`;
}
