/**
 * A record as one line of text: for people, or as JSON.
 *
 * A line stays one line, and shows what it holds: line breaks, control characters, and characters that are not
 * seen or that turn the direction of writing are escaped wherever they come from, as JSON escapes.
 *
 * @module
 */
import type { Shown, ShownFields } from "../boundary/inspect.ts";
import type { LogFormat, LogRecord } from "./log_record.ts";

/** Names of fields that are always mesh's, beside those that the record at hand has of its own. */
const RESERVED = new Set(["time", "level", "message", "stream"]);
/** Controls (C0, C1), formats (bidi controls, BOM, zero-width, tags), separators, halves of pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const PLAIN_NAME = /^[\w.-]+$/;
const PLAIN_VALUE = /^[\w.:/@+-]+$/;
/** A message that could be taken for its fields, or for a quoted one. */
const AMBIGUOUS = /[=\\]|^["\s]|\s$|^$/;

/**
 * A record as a line.
 *
 * @param record The record.
 * @param format For people, or JSON.
 * @returns The line, without its line break.
 */
export function lineOf(record: LogRecord, format: LogFormat): string {
  return format === "json" ? jsonLine(record) : textLine(record);
}

function jsonLine(record: LogRecord): string {
  const { time, level, message } = record;
  const all: ShownFields = Object.create(null);
  Object.assign(all, { time, level, message });
  for (const [name, value] of fieldsOf(record)) if (!Object.hasOwn(all, name)) all[name] = value;
  return quoted(all);
}

function textLine(record: LogRecord): string {
  const { time, level, message } = record;
  let line = `${time} ${level.padEnd(5)} ${
    isSeen(message) && !AMBIGUOUS.test(message) ? message : quoted(message)
  }`;
  for (const [name, value] of fieldsOf(record)) {
    const plain = typeof value === "string" && PLAIN_VALUE.test(value);
    line += ` ${PLAIN_NAME.test(name) ? name : quoted(name)}=${plain ? value : quoted(value)}`;
  }
  return line;
}

/** Those of mesh first. A field that has the name of one of those gets another one. */
function fieldsOf({ own, fields }: LogRecord): [string, Shown][] {
  const all = Object.entries(own);
  const taken = new Set([...Object.keys(own), ...Object.keys(fields)]);
  for (const [name, value] of Object.entries(fields)) {
    let free = name;
    if (Object.hasOwn(own, name) || RESERVED.has(name)) {
      do free += "_"; while (taken.has(free));
      taken.add(free);
    }
    all.push([free, value]);
  }
  return all;
}

/** As JSON, with everything escaped that is not seen. */
function quoted(value: Shown): string {
  return JSON.stringify(value).replace(UNSEEN, escaped);
}

function isSeen(text: string): boolean {
  UNSEEN.lastIndex = 0;
  return !UNSEEN.test(text);
}

function escaped(character: string): string {
  let text = "";
  for (let i = 0; i < character.length; i++) {
    text += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return text;
}
