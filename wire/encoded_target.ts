/**
 * The bytes of targets that this program calls.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { MALFORMED_SHOWN_MAX_CHARS, TARGET_MAX_BYTES, TARGETS_CACHED_MAX } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { utf8Bytes, writeUtf8 } from "./utf8.ts";

/** A target as it stands in a head. */
export interface EncodedTarget {
  /** All of it, in UTF-8. */
  readonly bytes: Uint8Array;
  /** Bytes of the service's name in front of the dot. */
  readonly serviceBytes: number;
}

const encodedTargets = new Map<string, EncodedTarget>();

/**
 * A target's bytes: a program calls the same few targets again and again.
 *
 * @throws {MeshError} `INVALID_ARGUMENT` when it is no target, or too long.
 */
export function encodedTarget(target: string): EncodedTarget {
  const known = encodedTargets.get(target);
  if (known !== undefined) return known;
  const dot = target.lastIndexOf(".");
  if (dot < 1 || dot === target.length - 1) {
    throw invalid(
      `target "${target.slice(0, MALFORMED_SHOWN_MAX_CHARS)}" is not of the form "service.handler"`,
    );
  }
  const length = utf8Bytes(target);
  if (length > TARGET_MAX_BYTES) {
    reached("TARGET_MAX_BYTES");
    throw invalid(`a target takes at most ${TARGET_MAX_BYTES} bytes, this one ${length}`);
  }
  const bytes = new Uint8Array(length);
  writeUtf8(bytes, 0, target);
  const encoded = { bytes, serviceBytes: utf8Bytes(target.slice(0, dot)) };
  if (encodedTargets.size >= TARGETS_CACHED_MAX) encodedTargets.clear();
  encodedTargets.set(target, encoded);
  return encoded;
}

function invalid(message: string): MeshError {
  return new MeshError("INVALID_ARGUMENT", message, { started: false });
}
