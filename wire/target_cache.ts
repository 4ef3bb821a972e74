/**
 * Decoded targets by their bytes: a running server sees the same few targets in every request, and making a
 * string costs more than comparing bytes.
 *
 * @module
 */
import { TARGETS_CACHED_MAX } from "../limits.ts";
import { readUtf8 } from "./utf8.ts";

/** A decoded `"service.handler"`. */
export interface Target {
  /** The whole of it. */
  readonly target: string;
  /** The part before the dot. */
  readonly service: string;
  /** The part after the dot. */
  readonly handler: string;
}

interface Entry extends Target {
  readonly bytes: Uint8Array;
  readonly serviceBytes: number;
}

/** Finds the target of a request by its bytes; a new one is decoded and remembered. */
export class TargetCache {
  readonly #entries = new Map<number, Entry>();

  /**
   * The target in `bytes[start, end)`, whose first `serviceBytes` bytes are the service.
   *
   * @returns `undefined` when it is not UTF-8, or a part is cut inside a character.
   */
  get(bytes: Uint8Array, start: number, end: number, serviceBytes: number): Target | undefined {
    const hash = fnv1a(bytes, start, end);
    const entry = this.#entries.get(hash);
    if (
      entry !== undefined && entry.serviceBytes === serviceBytes &&
      same(entry.bytes, bytes, start, end)
    ) {
      return entry;
    }
    const target = readUtf8(bytes, start, end);
    const service = readUtf8(bytes, start, start + serviceBytes);
    const handler = readUtf8(bytes, start + serviceBytes + 1, end);
    if (target === undefined || service === undefined || handler === undefined) return undefined;
    if (this.#entries.size >= TARGETS_CACHED_MAX) this.#entries.clear();
    const made = { bytes: bytes.slice(start, end), serviceBytes, target, service, handler };
    this.#entries.set(hash, made);
    return made;
  }
}

/** FNV-1a, 32 bits: only chooses the entry, the bytes are compared afterwards. */
function fnv1a(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  // The caller has looked that all bytes are there.
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}

function same(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (kept.length !== end - start) return false;
  for (let i = 0; i < kept.length; i++) if (kept[i] !== bytes[start + i]) return false;
  return true;
}
