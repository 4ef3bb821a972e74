/**
 * How a worker's records travel to its server: as lines among whatever else comes out of its stderr.
 *
 * ```text
 * ␞ token + | .  JSON …  \n
 *           │
 *           + more pieces follow, . this is the last one
 * ```
 *
 * A line that begins so is a piece of a record. Each fits one atomic write to a pipe, so that nothing that
 * others write there can get into it. The token is known to the server and to mesh's own code in the worker:
 * nothing that user code prints is taken for a record.
 *
 * @module
 */
import type { ShownFields } from "../boundary/inspect.ts";
import { LOG_PIECE_MAX_BYTES, LOG_RECORD_MAX_BYTES } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { LEVELS, type LogRecord, timeNow } from "./log_record.ts";

/** A record, or how many of them a worker has dropped. */
export type LogNews = LogRecord | { readonly dropped: number };

const MARK = "\x1e";
const MORE = 43, LAST = 46, LINE_BREAK = 10;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// Taken before user code has run: what it puts in their place does not see the token.
const encode = TextEncoder.prototype.encode.bind(new TextEncoder());
const toText = JSON.stringify;
const call = Function.prototype.call;
const setBytes: (to: Uint8Array, from: Uint8Array, at: number) => void = call.bind(
  Uint8Array.prototype.set,
);
const part: (of: Uint8Array, start: number, end: number) => Uint8Array = call.bind(
  Uint8Array.prototype.subarray,
);

/** A new token. */
export function newLogToken(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/** What the first bytes of each piece are. */
export function pieceHead(token: string): Uint8Array<ArrayBuffer> {
  return encode(MARK + token);
}

/**
 * Makes the pieces of a record.
 *
 * @param news What to tell.
 * @param head See {@linkcode pieceHead}.
 * @returns Lines of at most `LOG_PIECE_MAX_BYTES`; all but the last are as long as that.
 */
export function encodePieces(news: LogNews, head: Uint8Array): Uint8Array<ArrayBuffer> {
  // Without a prototype: what user code has put into that of all objects is not run.
  const body = encode(toText(Object.assign(Object.create(null), news)));
  const room = LOG_PIECE_MAX_BYTES - head.length - 2;
  const pieces = Math.max(1, Math.ceil(body.length / room));
  const bytes = new Uint8Array(body.length + pieces * (head.length + 2));
  let at = 0;
  for (let i = 0; i < pieces; i++) {
    const piece = part(body, i * room, (i + 1) * room);
    setBytes(bytes, head, at);
    at += head.length;
    bytes[at++] = i === pieces - 1 ? LAST : MORE;
    setBytes(bytes, piece, at);
    at += piece.length;
    bytes[at++] = LINE_BREAK;
  }
  return bytes;
}

/** Puts the pieces of one worker's records together. */
export class PieceReader {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  readonly #decoder = new TextDecoder();

  /**
   * Takes the next piece.
   *
   * @param piece What follows the head of a line.
   * @returns The record, when this was its last piece; `undefined`: there is more to come, or it makes no sense.
   */
  push(piece: Uint8Array): LogNews | "incomplete" | undefined {
    const [kind] = piece;
    if (kind !== MORE && kind !== LAST) return undefined;
    this.#bytes += piece.length - 1;
    if (this.#bytes <= LOG_RECORD_MAX_BYTES) this.#parts.push(piece.slice(1));
    if (kind === MORE) return "incomplete";
    const [parts, bytes] = [this.#parts, this.#bytes];
    this.#parts = [];
    this.#bytes = 0;
    if (bytes > LOG_RECORD_MAX_BYTES) {
      reached("LOG_RECORD_MAX_BYTES");
      return undefined;
    }
    try {
      let text = "";
      for (const part of parts) text += this.#decoder.decode(part, { stream: true });
      return newsOf(JSON.parse(text + this.#decoder.decode()));
    } catch {
      return undefined;
    }
  }
}

/** Checks what came: the other side runs user code. */
function newsOf(value: unknown): LogNews | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { dropped, time, level, message, own, fields } = value as Partial<
    LogRecord & { dropped: number }
  >;
  if (dropped !== undefined && Number.isSafeInteger(dropped) && dropped > 0) return { dropped };
  if (typeof message !== "string" || level === undefined || !LEVELS.includes(level)) {
    return undefined;
  }
  return {
    time: typeof time === "string" && TIME.test(time) ? time : timeNow(),
    level,
    message,
    own: fieldsOf(own),
    fields: fieldsOf(fields),
  };
}

function fieldsOf(value: unknown): ShownFields {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value as ShownFields : {};
}
