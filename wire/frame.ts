/**
 * The frame: the unit in which everything travels, in a space and on a link alike.
 *
 * ```text
 * byte  0        4      5       6        8             12            16        length
 *       ┌────────┬──────┬───────┬────────┬─────────────┬─────────────┬─────────┬───── 0…15 ──┐
 *       │ length │ kind │ flags │   0    │   stream    │    load     │  body … │ zero bytes  │
 *       │  u32   │  u8  │  u8   │  u16   │     u32     │     u32     │         │ to 16·n     │
 *       └────────┴──────┴───────┴────────┴─────────────┴─────────────┴─────────┴─────────────┘
 * ```
 *
 * All numbers are little-endian. `length` counts header and body, not the padding. `load` is the answering
 * server's in answers (REPLY, END, ERROR) on a link, see load.ts, and 0 in all others. A space has the slot's
 * generation in its place.
 *
 * @module
 */
import { FRAME_ALIGN, FRAME_HEADER_BYTES } from "../limits.ts";

/** What a frame is. Kinds 1–15 belong to a call (`stream` names it), 16–31 to a link, 32–47 to a slot. */
export const FrameKind = {
  /** Caller → callee: (a fragment of) the request message. */
  REQUEST: 1,
  /** Callee → caller: (a fragment of) a reply message; one for a plain call, one per item of a stream. */
  REPLY: 2,
  /** Callee → caller: the stream ended well; no more messages. Ends the call. */
  END: 3,
  /** Callee → caller: (a fragment of) an error message. Its last fragment ends the call. */
  ERROR: 4,
  /** Caller → callee: nobody waits for this call any more. */
  CANCEL: 5,
  /** Caller → callee: body is a u32, that many more bytes of reply may be sent. */
  REPLY_CREDIT: 6,
  /** Callee → caller: body is a u32, that many more bytes of request may be sent. */
  REQUEST_CREDIT: 7,

  /** Link: first frame in each direction. */
  HELLO: 16,
  /** Link: proof of the shared secret. */
  AUTH: 17,
  /** Link: the handshake ended well. */
  WELCOME: 18,
  /** Link: this connection ends, and why. */
  GOODBYE: 19,
  /** Link: heartbeat, body is the sender's clock (u64 µs), answered by PONG with the same body. */
  PING: 20,
  /** Link: answer to PING. */
  PONG: 21,
  /** Link: what the sender offers has changed (services, draining). */
  UPDATE: 22,

  /** Slot, process → proxy: modules are loaded, and what they offer. */
  READY: 32,
  /** Slot, process → proxy: the modules could not be loaded, and why. */
  FAILED: 33,
  /** Slot, proxy → process: finish what is under way, take no more, exit; body is a u32, that many ms may pass. */
  DRAIN: 34,
  /** Slot, process → proxy: a question to the proxy (stream names it). */
  ASK: 35,
  /** Slot, proxy → process: the answer to ASK. */
  ANSWER: 36,
  /** Slot, proxy → process: the groups that are keyed by a module are others now (stream numbers the change). */
  GROUPS: 37,
  /** Slot, process → proxy: they are in force here, or (body: text) why a module is not (stream as in GROUPS). */
  GROUPS_LOADED: 38,
  /** Slot, process → proxy: the handler of a cancelled call has begun; the call goes on until that has ended. */
  BEGUN: 39,
  /** Slot, process → proxy: errors that user code did not catch (JSON: how many, and the text of the last). */
  UNCAUGHT: 40,
  /** Slot, process → proxy: bounds that the process met (JSON: name → how often since the last such frame). */
  BOUNDS: 41,
} as const;

/** Bits of a frame's flags. */
export const FrameFlag = {
  /** First fragment of its message. */
  FIRST: 1,
  /** Last fragment of its message. */
  LAST: 2,
  /** REPLY: this message is the last one of the call. */
  END: 4,
  /** The message's payload is bytes as they are, not MessagePack. */
  BYTES: 8,
} as const;

/** All flag bits in use; a receiver refuses others. */
export const FLAGS_MASK = 0x0f;

/** Offsets inside the header, computed from each other. */
export const FrameOffset = {
  LENGTH: 0,
  KIND: 4,
  FLAGS: 5,
  RESERVED: 6,
  STREAM: 8,
  /** Of a frame on a link. */
  LOAD: 12,
  /** Of a frame in a space: the same word. */
  GENERATION: 12,
  BODY: FRAME_HEADER_BYTES,
} as const;

/** Bytes that a frame of `length` bytes (header and body) takes with its padding. */
export function paddedBytes(length: number): number {
  return (length + FRAME_ALIGN - 1) & ~(FRAME_ALIGN - 1);
}
