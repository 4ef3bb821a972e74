/**
 * The routing head: what a REQUEST message starts with, whole in its first frame.
 *
 * ```text
 * byte 0           2           3         4           8           16           20
 *      ┌───────────┬───────────┬─────────┬───────────┬───────────┬────────────┬───────────────┐
 *      │ headBytes │ headFlags │ attempt │ deadline  │ requestId │   where    │ metadataBytes │
 *      │    u16    │    u8     │   u8    │    u32    │    u64    │    u32     │      u32      │
 *      ├───────────┴─┬─────────┴────┬────┴─────┬─────┴────┬──────┴────┬───────┴───────────────┘
 *      │ targetBytes │ serviceBytes │ keyBytes │ target … │   key …   │ traceparent (0 or 25) │
 *      │     u8      │      u8      │   u16    │  UTF-8   │   UTF-8   │                       │
 *      └─────────────┴──────────────┴──────────┴──────────┴───────────┴───────────────────────┘
 * byte 24            25             26         28
 * ```
 *
 * All numbers are little-endian. `where` says where the call may go, as the flags tell: with PINNED it is the hash of
 * the only server that may answer, with HEDGE the stream id of the call that this one hedges, and with neither the hash
 * of the server to avoid. The encoded metadata follows the head, then the payload.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import {
  KEY_MAX_BYTES,
  METADATA_MAX_BYTES,
  REQUEST_HEAD_MAX_BYTES,
  TARGET_MAX_BYTES,
} from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { encodedTarget } from "./encoded_target.ts";
import { type Target, TargetCache } from "./target_cache.ts";
import { TRACEPARENT_BYTES } from "./traceparent.ts";
import { readUtf8, utf8Bytes, writeUtf8 } from "./utf8.ts";

/** Bits of `headFlags`. */
export const HeadFlag = {
  /** A key is there. */
  KEY: 1,
  /** A trace context is there. */
  TRACEPARENT: 2,
  /** The call may be repeated on another server even if it may have started. */
  IDEMPOTENT: 4,
  /** Only one server may answer: `where` is its hash. */
  PINNED: 8,
  /** The caller gave the key itself; it is not the user's identity by default. */
  KEY_EXPLICIT: 16,
  /**
   * The call hedges another one of the same caller: `where` is that one's stream id, and any server but its own may
   * answer.
   */
  HEDGE: 32,
  /** The call was in flight in a process that died: it may be what killed it. */
  SUSPECT: 64,
  /** The deadline is for the first reply: a stream that has begun has none. */
  FIRST_REPLY: 128,
} as const;

const HEAD_FLAGS_MASK = 0xff;

/** Offsets inside the head, computed from each other. */
export const HeadOffset = {
  HEAD_BYTES: 0,
  FLAGS: 2,
  ATTEMPT: 3,
  DEADLINE: 4,
  REQUEST_ID: 8,
  WHERE: 16,
  METADATA_BYTES: 20,
  TARGET_BYTES: 24,
  SERVICE_BYTES: 25,
  KEY_BYTES: 26,
  TARGET: 28,
} as const;

if (
  HeadOffset.TARGET + TARGET_MAX_BYTES + KEY_MAX_BYTES + TRACEPARENT_BYTES > REQUEST_HEAD_MAX_BYTES
) {
  throw new Error("request_head.ts: the largest head exceeds REQUEST_HEAD_MAX_BYTES");
}

/** Where a call may go. One of the three at most says something: a hedge is not pinned. */
export interface Whereabouts {
  /** Hash of the only server that may answer; 0: any may. */
  pinnedHash: number;
  /** Hash of the server to avoid if another one will do; 0: none. */
  avoidHash: number;
  /** Stream id of the call of the same caller that this one hedges; -1: it hedges none. */
  hedgedStream: number;
}

/** What an encoder needs to know of a request; of {@linkcode Whereabouts} the first that says something counts. */
export interface RequestHead extends Whereabouts {
  /** `"service.handler"`; the last dot divides. */
  target: string;
  /** Routing key. */
  key?: string | undefined;
  /** The caller gave the key itself. Default `false`. */
  keyExplicit?: boolean;
  /** 25 bytes, see `traceparent.ts`. */
  traceparent?: Uint8Array | undefined;
  /** Default `false`. */
  idempotent?: boolean;
  /** It was in flight in a process that died. Default `false`. */
  suspect?: boolean;
  /** The deadline is for the first reply alone. Default `false`. */
  firstReply?: boolean;
  /** 0 for the first attempt. */
  attempt: number;
  /** When the call must have ended, see {@linkcode deadlineTicks}; to an old peer the time left, in ms. */
  deadline: number;
  /** Upper half of the request id, u32. */
  requestIdHigh: number;
  /** Lower half of the request id, u32. */
  requestIdLow: number;
  /** Bytes of the encoded metadata that follows the head. */
  metadataBytes: number;
}

function invalid(message: string): MeshError {
  return new MeshError("INVALID_ARGUMENT", message, { started: false });
}

/**
 * Bytes that the head takes.
 *
 * @throws {MeshError} `INVALID_ARGUMENT` when the target or the key is out of bounds.
 */
export function requestHeadBytes(head: RequestHead): number {
  let bytes = HeadOffset.TARGET + encodedTarget(head.target).bytes.length;
  if (head.key !== undefined) {
    const keyBytes = utf8Bytes(head.key);
    if (keyBytes > KEY_MAX_BYTES) {
      reached("KEY_MAX_BYTES");
      throw invalid(`a key takes at most ${KEY_MAX_BYTES} bytes, this one ${keyBytes}`);
    }
    bytes += keyBytes;
  }
  if (head.traceparent !== undefined) bytes += TRACEPARENT_BYTES;
  return bytes;
}

/**
 * Writes the head at `offset`; the caller has made room with {@linkcode requestHeadBytes}.
 *
 * @returns The bytes written.
 * @throws {MeshError} `INVALID_ARGUMENT` when the target is out of bounds.
 */
export function encodeRequestHead(into: Uint8Array, offset: number, head: RequestHead): number {
  const { bytes: target, serviceBytes } = encodedTarget(head.target);
  let flags = 0;
  let at = offset + HeadOffset.TARGET;
  into.set(target, at);
  at += target.length;
  const keyAt = at;
  if (head.key !== undefined) {
    flags |= HeadFlag.KEY;
    if (head.keyExplicit) flags |= HeadFlag.KEY_EXPLICIT;
    at = writeUtf8(into, at, head.key);
  }
  const keyBytes = at - keyAt;
  if (head.traceparent !== undefined) {
    flags |= HeadFlag.TRACEPARENT;
    into.set(head.traceparent, at);
    at += TRACEPARENT_BYTES;
  }
  if (head.idempotent) flags |= HeadFlag.IDEMPOTENT;
  let where = head.avoidHash;
  if (head.pinnedHash !== 0) {
    flags |= HeadFlag.PINNED;
    where = head.pinnedHash;
  } else if (head.hedgedStream >= 0) {
    flags |= HeadFlag.HEDGE;
    where = head.hedgedStream;
  }
  if (head.suspect) flags |= HeadFlag.SUSPECT;
  if (head.firstReply) flags |= HeadFlag.FIRST_REPLY;
  writeU16(into, offset + HeadOffset.HEAD_BYTES, at - offset);
  into[offset + HeadOffset.FLAGS] = flags;
  into[offset + HeadOffset.ATTEMPT] = head.attempt;
  patchDeadline(into, offset, head.deadline);
  writeU32(into, offset + HeadOffset.REQUEST_ID, head.requestIdLow);
  writeU32(into, offset + HeadOffset.REQUEST_ID + 4, head.requestIdHigh);
  writeU32(into, offset + HeadOffset.WHERE, where);
  writeU32(into, offset + HeadOffset.METADATA_BYTES, head.metadataBytes);
  into[offset + HeadOffset.TARGET_BYTES] = target.length;
  into[offset + HeadOffset.SERVICE_BYTES] = serviceBytes;
  writeU16(into, offset + HeadOffset.KEY_BYTES, keyBytes);
  return at - offset;
}

/** Overwrites the deadline of the head at `offset`: with that of another clock, or the time left for an old peer. */
export function patchDeadline(bytes: Uint8Array, offset: number, deadline: number): void {
  writeU32(bytes, offset + HeadOffset.DEADLINE, deadline);
}

/** Takes flags off the head at `offset`: an old peer does not know them. */
export function clearHeadFlags(bytes: Uint8Array, offset: number, flags: number): void {
  // The head was parsed.
  bytes[offset + HeadOffset.FLAGS]! &= ~flags;
}

/** What is wrong with a head. */
export type HeadFault =
  | "cut"
  | "size"
  | "flags"
  | "metadata"
  | "target"
  | "key"
  | "server";

const NO_TARGET: Target = { target: "", service: "", handler: "" };

/**
 * Reads heads in place. One reader serves a whole proxy or process: `parse` fills its fields anew, and they
 * hold until the next `parse`.
 */
export class RequestHeadReader implements Whereabouts {
  /** Bytes of the head: where the metadata starts, counted from the head's start. */
  headBytes = 0;
  /** See {@linkcode HeadFlag}. */
  flags = 0;
  /** 0 for the first attempt. */
  attempt = 0;
  /** When the call must have ended, as it travels. */
  deadline = 0;
  /** Upper half of the request id. */
  requestIdHigh = 0;
  /** Lower half of the request id. */
  requestIdLow = 0;
  pinnedHash = 0;
  avoidHash = 0;
  hedgedStream = -1;
  /** Bytes of metadata after the head. */
  metadataBytes = 0;
  readonly #targets = new TargetCache();
  #target = NO_TARGET;
  #bytes: Uint8Array = new Uint8Array(0);
  #keyStart = 0;
  #keyEnd = 0;
  #key: string | undefined;

  /**
   * Reads and checks the head at `bytes[start]`; the frame's body ends at `end`.
   *
   * @returns `undefined` when the head is good, else what is wrong with it.
   */
  parse(bytes: Uint8Array, start: number, end: number): HeadFault | undefined {
    if (end - start < HeadOffset.TARGET) return "cut";
    const headBytes = readU16(bytes, start + HeadOffset.HEAD_BYTES);
    // The fixed part is there.
    const flags = bytes[start + HeadOffset.FLAGS]!;
    const targetBytes = bytes[start + HeadOffset.TARGET_BYTES]!;
    const serviceBytes = bytes[start + HeadOffset.SERVICE_BYTES]!;
    const keyBytes = readU16(bytes, start + HeadOffset.KEY_BYTES);
    if (headBytes > end - start) return "cut";
    if ((flags & ~HEAD_FLAGS_MASK) !== 0) return "flags";
    const traceBytes = (flags & HeadFlag.TRACEPARENT) !== 0 ? TRACEPARENT_BYTES : 0;
    if (headBytes !== HeadOffset.TARGET + targetBytes + keyBytes + traceBytes) return "size";

    const targetStart = start + HeadOffset.TARGET;
    const keyStart = targetStart + targetBytes;
    if (
      targetBytes > TARGET_MAX_BYTES || serviceBytes === 0 || serviceBytes + 1 >= targetBytes ||
      bytes[targetStart + serviceBytes] !== 0x2e // "."
    ) return "target";
    const target = this.#targets.get(bytes, targetStart, keyStart, serviceBytes);
    if (target === undefined) return "target";

    let key: string | undefined;
    if ((flags & HeadFlag.KEY) === 0) {
      if (keyBytes !== 0 || (flags & HeadFlag.KEY_EXPLICIT) !== 0) return "key";
    } else {
      if (keyBytes > KEY_MAX_BYTES) return "key";
      // ASCII needs no decoding to be known good; anything else is decoded now.
      if (!isAscii(bytes, keyStart, keyStart + keyBytes)) {
        key = readUtf8(bytes, keyStart, keyStart + keyBytes);
        if (key === undefined) return "key";
      }
    }

    const metadataBytes = readU32(bytes, start + HeadOffset.METADATA_BYTES);
    if (metadataBytes > METADATA_MAX_BYTES) return "metadata";
    const where = readU32(bytes, start + HeadOffset.WHERE);
    const pinned = (flags & HeadFlag.PINNED) !== 0;
    const hedge = (flags & HeadFlag.HEDGE) !== 0;
    if (pinned && (where === 0 || hedge)) return "server";

    this.headBytes = headBytes;
    this.flags = flags;
    // The fixed part is there.
    this.attempt = bytes[start + HeadOffset.ATTEMPT]!;
    this.deadline = readU32(bytes, start + HeadOffset.DEADLINE);
    this.requestIdLow = readU32(bytes, start + HeadOffset.REQUEST_ID);
    this.requestIdHigh = readU32(bytes, start + HeadOffset.REQUEST_ID + 4);
    this.pinnedHash = pinned ? where : 0;
    this.hedgedStream = hedge ? where : -1;
    this.avoidHash = pinned || hedge ? 0 : where;
    this.metadataBytes = metadataBytes;
    this.#target = target;
    this.#bytes = bytes;
    this.#keyStart = keyStart;
    this.#keyEnd = keyStart + keyBytes;
    this.#key = key;
    return undefined;
  }

  /** `"service.handler"`. */
  get target(): string {
    return this.#target.target;
  }

  /** The part of the target before the dot. */
  get service(): string {
    return this.#target.service;
  }

  /** The part of the target after the dot. */
  get handler(): string {
    return this.#target.handler;
  }

  /** The key, decoded when first asked for: ask before the memory that was parsed is used again. */
  get key(): string | undefined {
    if ((this.flags & HeadFlag.KEY) === 0) return undefined;
    // `parse()` has decoded it if it is not ASCII.
    return this.#key ??= readUtf8(this.#bytes, this.#keyStart, this.#keyEnd)!;
  }

  /** The 25 bytes of the trace context: a copy. */
  get traceparent(): Uint8Array | undefined {
    if ((this.flags & HeadFlag.TRACEPARENT) === 0) return undefined;
    return this.#bytes.slice(this.#keyEnd, this.#keyEnd + TRACEPARENT_BYTES);
  }

  /** The request id as 16 hexadecimal digits. */
  get requestId(): string {
    return requestIdText(this.requestIdHigh, this.requestIdLow);
  }
}

/** A request id as 16 hexadecimal digits. */
export function requestIdText(high: number, low: number): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  // The caller has looked that all bytes are there.
  for (let i = start; i < end; i++) bits |= bytes[i]!;
  return bits < 0x80;
}

function readU16(bytes: Uint8Array, at: number): number {
  // The caller has looked that they are there.
  return bytes[at]! | bytes[at + 1]! << 8;
}

function readU32(bytes: Uint8Array, at: number): number {
  // The caller has looked that they are there.
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
}

function writeU16(into: Uint8Array, at: number, value: number): void {
  into[at] = value;
  into[at + 1] = value >>> 8;
}

function writeU32(into: Uint8Array, at: number, value: number): void {
  into[at] = value;
  into[at + 1] = value >>> 8;
  into[at + 2] = value >>> 16;
  into[at + 3] = value >>> 24;
}
