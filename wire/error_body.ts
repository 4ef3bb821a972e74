/**
 * The body of an ERROR message.
 *
 * ```text
 * byte 0      1       2             4          4+s            8+s         8+s+m
 *      ┌──────┬───────┬─────────────┬──────────┬──────────────┬───────────┬────────────┐
 *      │ code │ flags │ serverBytes │ server … │ messageBytes │ message … │ metadata … │
 *      │  u8  │  u8   │   u16 = s   │  UTF-8   │   u32 = m    │   UTF-8   │            │
 *      └──────┴───────┴─────────────┴──────────┴──────────────┴───────────┴────────────┘
 * ```
 *
 * @module
 */
import { codeName, CODES, MeshError } from "../errors.ts";
import {
  ERROR_MESSAGE_MAX_BYTES,
  LEFT_OUT_WHY_MAX_CHARS,
  SERVER_NAME_MAX_BYTES,
} from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { metadataBytes, parseMetadata, writeMetadata } from "./metadata.ts";
import { clipUtf8, readUtf8, utf8Bytes, writeUtf8 } from "./utf8.ts";

/** Bits of an error's flags. */
export const ErrorFlag = {
  /** The handler may have begun. */
  STARTED: 1,
  /** The call may be tried on another server. */
  RETRYABLE: 2,
  /** The process that had the call died. */
  DIED: 8,
} as const;

/** A server of 1.1 may set 4, too (it is overloaded), which nobody reads. */
const ERROR_FLAGS_MASK = 0x0f;

/** Offsets of the fixed part. */
export const ErrorOffset = { CODE: 0, FLAGS: 1, SERVER_BYTES: 2, SERVER: 4 } as const;

/** What a proxy adds to an error. */
export interface ErrorTraits {
  /** The call may be tried on another server. Default `false`. */
  retryable?: boolean;
  /** The process that had the call died. Default `false`. */
  died?: boolean;
}

/** A decoded ERROR message. */
export interface ReceivedError {
  /** The error as the caller sees it. */
  readonly error: MeshError;
  /** The call may be tried on another server. */
  readonly retryable: boolean;
  /** The process that had the call died. */
  readonly died: boolean;
}

/**
 * Encodes an error. It always succeeds: a message beyond 16 KiB is clipped, metadata beyond its bound is left out
 * and the message says so.
 */
export function encodeErrorBody(error: MeshError, traits: ErrorTraits = {}): Uint8Array {
  let metadata = error.metadata;
  let message = String(error.message);
  let pairBytes = 0;
  try {
    pairBytes = metadataBytes(metadata);
  } catch (fault) {
    metadata = {};
    message = `${clipUtf8(message, ERROR_MESSAGE_MAX_BYTES - 512)} (metadata left out: ${
      fault instanceof Error ? fault.message.slice(0, LEFT_OUT_WHY_MAX_CHARS) : "unreadable"
    })`;
  }
  const clipped = clipUtf8(message, ERROR_MESSAGE_MAX_BYTES);
  if (clipped !== message) reached("ERROR_MESSAGE_MAX_BYTES");
  message = clipped;
  const server = clipUtf8(error.server ?? "", SERVER_NAME_MAX_BYTES);
  const serverBytes = utf8Bytes(server);
  const messageBytes = utf8Bytes(message);
  const body = new Uint8Array(ErrorOffset.SERVER + serverBytes + 4 + messageBytes + pairBytes);
  const view = new DataView(body.buffer);
  body[ErrorOffset.CODE] = CODES[error.code] ?? CODES.INTERNAL;
  body[ErrorOffset.FLAGS] = (error.started ? ErrorFlag.STARTED : 0) |
    (traits.retryable ? ErrorFlag.RETRYABLE : 0) |
    (traits.died ? ErrorFlag.DIED : 0);
  view.setUint16(ErrorOffset.SERVER_BYTES, serverBytes, true);
  let at = writeUtf8(body, ErrorOffset.SERVER, server);
  view.setUint32(at, messageBytes, true);
  at = writeUtf8(body, at + 4, message);
  writeMetadata(body, at, metadata);
  return body;
}

/**
 * Decodes the ERROR message in `bytes[start, end)`.
 *
 * @param target What was called, for {@linkcode MeshError.target}.
 * @returns The error; one with code `DATA_LOSS` when the message is malformed: the call ends all the same.
 */
export function parseErrorBody(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  target?: string,
): ReceivedError {
  return tryParse(bytes, start, end, target) ?? {
    error: new MeshError(
      "DATA_LOSS",
      `the call failed, and the error that came back (${end - start} bytes) is malformed`,
      target === undefined ? {} : { target },
    ),
    retryable: false,
    died: false,
  };
}

function tryParse(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: string | undefined,
): ReceivedError | undefined {
  if (end - start < ErrorOffset.SERVER + 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = bytes[start + ErrorOffset.FLAGS] ?? 0;
  if ((flags & ~ERROR_FLAGS_MASK) !== 0) return undefined;
  const serverBytes = view.getUint16(start + ErrorOffset.SERVER_BYTES, true);
  const serverEnd = start + ErrorOffset.SERVER + serverBytes;
  if (serverBytes > SERVER_NAME_MAX_BYTES || serverEnd + 4 > end) return undefined;
  const messageBytes = view.getUint32(serverEnd, true);
  const messageEnd = serverEnd + 4 + messageBytes;
  if (messageBytes > ERROR_MESSAGE_MAX_BYTES || messageEnd > end) return undefined;
  const server = readUtf8(bytes, start + ErrorOffset.SERVER, serverEnd);
  const message = readUtf8(bytes, serverEnd + 4, messageEnd);
  const metadata = parseMetadata(bytes, messageEnd, end);
  if (server === undefined || message === undefined || metadata === undefined) return undefined;
  return {
    error: new MeshError(codeName(bytes[start + ErrorOffset.CODE] ?? 0), message, {
      started: (flags & ErrorFlag.STARTED) !== 0,
      metadata,
      ...(server === "" ? {} : { server }),
      ...(target === undefined ? {} : { target }),
    }),
    retryable: (flags & ErrorFlag.RETRYABLE) !== 0,
    died: (flags & ErrorFlag.DIED) !== 0,
  };
}
