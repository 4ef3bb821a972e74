/**
 * The layout of the shared memory. The native library computes the same numbers on its own; they are compared
 * when it is loaded, and a difference is an error then and never a corrupted slot later.
 *
 * ```text
 * segment  0             4096                    4096 + slotStride      4096 + slots * slotStride
 *          ├─────────────┼───────────────────────┼──────────────────────┼── … ──┤
 *          │ header page │ slot 0                │ slot 1               │       │
 *
 * slot     0             4096                    4096 + spaceBytes      4096 + 2 * spaceBytes
 *          ├─────────────┼───────────────────────┼──────────────────────┼── to a page ──┤
 *          │ control page│ input space           │ output space         │
 *          │             │ (process → proxy)     │ (proxy → process)    │
 *
 * control  0             64            128           192            256            320         384
 *          ├─────────────┼─────────────┼─────────────┼──────────────┼──────────────┼───────────┼──────────┤
 *          │ generation  │ input tail  │ input head  │ output tail  │ output head  │ proxy     │ process  │
 *          │             │             │             │              │              │ sleeping  │ sleeping │
 * written  │ proxy       │ process     │ proxy       │ proxy        │ process      │ both      │ both     │
 * ```
 *
 * Each control word is a u32 on a line of its own. Tails and heads count bytes and never stop, modulo 2^32. A frame
 * never wraps: a skip marker (a header of kind 0, whose length is the rest of the space) fills the end.
 *
 * @module
 */
import {
  CONTROL_BODY_MAX_BYTES,
  FRAME_ALIGN,
  FRAME_MAX_BYTES,
  frameMaxBytes,
  HANDSHAKE_MS,
  HANDSHAKES_MAX,
  KIND_MAX,
  SLOTS_MAX,
  SPACE_DEFAULT_BYTES,
  SPACE_MAX_BYTES,
  SPACE_MIN_BYTES,
} from "../limits.ts";
import { FLAGS_MASK, FrameOffset } from "../wire/frame.ts";

/** Version of this layout; it is in the segment's header. */
export const LAYOUT_VERSION = 1;
/** Alignment of everything that is mapped on its own. */
export const PAGE_BYTES = 4_096;
/** Size of a cache line: two writers never share one. */
export const LINE_BYTES = 64;

const GENERATION = 0;
const INPUT_TAIL = GENERATION + LINE_BYTES;
const INPUT_HEAD = INPUT_TAIL + LINE_BYTES;
const OUTPUT_TAIL = INPUT_HEAD + LINE_BYTES;
const OUTPUT_HEAD = OUTPUT_TAIL + LINE_BYTES;
const PROXY_SLEEPING = OUTPUT_HEAD + LINE_BYTES;
const PROCESS_SLEEPING = PROXY_SLEEPING + LINE_BYTES;

/** Offsets of the control words in a slot. */
export const ControlOffset = {
  GENERATION,
  INPUT_TAIL,
  INPUT_HEAD,
  OUTPUT_TAIL,
  OUTPUT_HEAD,
  PROXY_SLEEPING,
  PROCESS_SLEEPING,
  END: PROCESS_SLEEPING + LINE_BYTES,
} as const;

/** Bits of a sleeping word, and of what `SlotEnd.prepareSleep` returns. */
export const Wish = {
  /** There are frames to read. */
  FRAMES: 1,
  /** There is room to write. */
  ROOM: 2,
} as const;

/** Offset of the input space in a slot. */
export const INPUT_SPACE = PAGE_BYTES;

/** Offset of the output space in a slot. */
export function outputSpace(spaceBytes: number): number {
  return INPUT_SPACE + spaceBytes;
}

/** Distance in bytes from one slot to the next; also what a process maps. */
export function slotStride(spaceBytes: number): number {
  return PAGE_BYTES + Math.ceil(2 * spaceBytes / PAGE_BYTES) * PAGE_BYTES;
}

/** Offset of a slot in the segment. */
export function slotOffset(index: number, spaceBytes: number): number {
  return PAGE_BYTES + index * slotStride(spaceBytes);
}

/** Size of a segment in bytes. */
export function segmentBytes(slots: number, spaceBytes: number): number {
  return slotOffset(slots, spaceBytes);
}

/** What the native library must compute as well, under the names of its own table. */
export const LAYOUT_TABLE: ReadonlyMap<string, number> = new Map([
  ["layoutVersion", LAYOUT_VERSION],
  ["pageBytes", PAGE_BYTES],
  ["lineBytes", LINE_BYTES],
  ["control.generation", ControlOffset.GENERATION],
  ["control.inputTail", ControlOffset.INPUT_TAIL],
  ["control.inputHead", ControlOffset.INPUT_HEAD],
  ["control.outputTail", ControlOffset.OUTPUT_TAIL],
  ["control.outputHead", ControlOffset.OUTPUT_HEAD],
  ["control.proxySleeping", ControlOffset.PROXY_SLEEPING],
  ["control.processSleeping", ControlOffset.PROCESS_SLEEPING],
  ["control.end", ControlOffset.END],
  ["frame.length", FrameOffset.LENGTH],
  ["frame.kind", FrameOffset.KIND],
  ["frame.flags", FrameOffset.FLAGS],
  ["frame.reserved", FrameOffset.RESERVED],
  ["frame.stream", FrameOffset.STREAM],
  ["frame.generation", FrameOffset.GENERATION],
  ["frame.body", FrameOffset.BODY],
  ["frame.align", FRAME_ALIGN],
  ["frame.maxBytes", FRAME_MAX_BYTES],
  ["frame.kindMax", KIND_MAX],
  ["frame.flagsMask", FLAGS_MASK],
  ["space.minBytes", SPACE_MIN_BYTES],
  ["space.maxBytes", SPACE_MAX_BYTES],
  ["slot.inputSpace", INPUT_SPACE],
  ...[SPACE_MIN_BYTES, SPACE_DEFAULT_BYTES].flatMap((spaceBytes): [string, number][] => [
    [`slot.outputSpace(${spaceBytes})`, outputSpace(spaceBytes)],
    [`slot.stride(${spaceBytes})`, slotStride(spaceBytes)],
    [`frame.maxBytes(${spaceBytes})`, frameMaxBytes(spaceBytes)],
  ]),
  [`slot.offset(3,${SPACE_MIN_BYTES})`, slotOffset(3, SPACE_MIN_BYTES)],
  ["slots.max", SLOTS_MAX],
  ["sleeping.frames", Wish.FRAMES],
  ["sleeping.room", Wish.ROOM],
  ["control.bodyMaxBytes", CONTROL_BODY_MAX_BYTES],
  ["control.helloMs", HANDSHAKE_MS],
  ["control.hellosMax", HANDSHAKES_MAX],
]);
