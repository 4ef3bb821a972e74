/**
 * Bounds of frames, of the memory they lie in, and of the native library.
 *
 * @module
 */

/** Frames (in spaces and on links) start on multiples of this. */
export const FRAME_ALIGN = 16;
/** Bytes of a frame's header. */
export const FRAME_HEADER_BYTES = 16;
/** Largest frame anywhere, header included: a larger message is fragmented, and who sends a larger frame is cut off. */
export const FRAME_MAX_BYTES = 65_536;
/** Highest kind of a frame: who sends a higher one is cut off. Kind 0 is the skip marker of a space. */
export const KIND_MAX = 47;
/** Largest number in one half of a frame's load: it stands for all larger ones. */
export const LOAD_FIELD_MAX = 0xffff;

/** Smallest space (one direction of a slot) that works, with every feature: a smaller one is refused at the start. */
export const SPACE_MIN_BYTES = 2_048;
/** Largest space: a larger one is refused at the start. */
export const SPACE_MAX_BYTES = 64 * 1024 * 1024;
/** Default space. A full one makes its writer wait. */
export const SPACE_DEFAULT_BYTES = 262_144;
/** Default number of slots of a server. Without a free one, a process that attaches is refused. */
export const SLOTS_DEFAULT = 20;
/** Most slots of a server: more are refused at the start. */
export const SLOTS_MAX = 1_024;

/** The longest time that a timer can take (a bound of the runtime), almost 25 days: it stands for longer ones. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** Largest body of a message on the control socket: a process that sends a larger one is refused. */
export const CONTROL_BODY_MAX_BYTES = 1024 * 1024;
/** Largest text of a fault of the native library: a longer one is clipped. */
export const REPORT_BYTES = 4_096;

/** Bytes drained from a slot at once, at least one frame of the largest size: the rest waits for the next turn. */
export const INBOX_BYTES = 4 * FRAME_MAX_BYTES;
/** Bytes that a process takes from its slot at once, beside requests that wait: the rest waits in the slot. */
export const INBOX_ROOM_BYTES = 4 * FRAME_MAX_BYTES;
/** Bursts that a slot's reader works on before other events get their turn. */
export const BURSTS_PER_TURN_MAX = 8;
/** Marks that one wait of the fallback device tells of: the others are told by the next one. */
export const MARKS_PER_WAIT_MAX = 64;

/** A queue of frames gives a larger buffer back as soon as it is empty. */
export const FRAME_QUEUE_KEPT_BYTES = 1_048_576;
/** Bytes that a link's parser takes at once: the rest waits in the socket. */
export const PARSER_BUFFER_BYTES = 262_144;

/** The largest frame that a space of `spaceBytes` carries: one always fits an empty space, wherever its head is. */
export function frameMaxBytes(spaceBytes: number): number {
  return Math.min(FRAME_MAX_BYTES, spaceBytes / 2);
}
