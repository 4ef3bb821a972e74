/**
 * What is wrong with a frame's header.
 *
 * @module
 */
import { FRAME_HEADER_BYTES, KIND_MAX } from "../limits.ts";
import type { FaultName } from "../native/fault.ts";
import { FLAGS_MASK } from "../wire/frame.ts";

/** Why a frame's header cannot be; `undefined`: it can. */
export function headerFault(
  length: number,
  kindAndFlags: number,
  frameMax: number,
): [FaultName, number, number] | undefined {
  if (length < FRAME_HEADER_BYTES || length > frameMax) return ["FRAME_LENGTH", length, frameMax];
  const kind = kindAndFlags & 0xff;
  if (kind > KIND_MAX) return ["FRAME_KIND", kind, KIND_MAX];
  const flags = (kindAndFlags >> 8) & 0xff;
  if ((flags & ~FLAGS_MASK) !== 0) return ["FRAME_FLAGS", flags, FLAGS_MASK];
  const reserved = kindAndFlags >>> 16;
  return reserved === 0 ? undefined : ["FRAME_RESERVED", reserved, 0];
}
