/**
 * The reading side of a simulated space: whole frames, each of them checked.
 *
 * @module
 */
import { FRAME_HEADER_BYTES } from "../limits.ts";
import type { FaultName } from "../native/fault.ts";
import type { SlotFault } from "../shm/slot_fault.ts";
import { FrameOffset, paddedBytes } from "../wire/frame.ts";
import { headerFault } from "./header_fault.ts";
import type { SimSpace } from "./slot_memory.ts";

/** What it reads from. */
export interface TakerParts {
  readonly space: SimSpace;
  readonly frameMax: number;
  readonly generation: number;
  /** Up to where frames are published, as the other side says. */
  tail(): number;
  fault(kind: FaultName, observed: number, wanted: number): SlotFault;
}

/** Takes frames out of a space, as far as there is room for them, and faults the first that is none. */
export class FrameTaker {
  /** Up to here frames were copied out. */
  head: number;
  /** Frames of another generation. */
  dropped = 0;
  readonly #parts: TakerParts;
  #released: number;

  /**
   * @param parts See {@linkcode TakerParts}.
   * @param head Where it begins.
   */
  constructor(parts: TakerParts, head: number) {
    this.#parts = parts;
    this.head = this.#released = head;
  }

  /** Copies whole frames of this generation, as many as fit. */
  take(into: Uint8Array): number {
    const { space, frameMax, generation, fault } = this.#parts;
    if (into.byteLength < frameMax) throw fault("BUFFER", into.byteLength, frameMax);
    const tail = this.#parts.tail();
    this.#distance(tail, this.#released);
    let pending = this.#distance(tail, this.head);
    const { words, bytes } = space;
    let { head } = this;
    let [copied, dropped] = [0, 0];
    while (pending > 0) {
      const at = head & (bytes.length - 1);
      const toEnd = bytes.length - at;
      const row = Math.min(pending, toEnd);
      const left = (into.byteLength - copied) & ~(FRAME_HEADER_BYTES - 1);
      if (left < FRAME_HEADER_BYTES) break;
      const length = words[at >> 2]!;
      const kindAndFlags = words[(at + FrameOffset.KIND) >> 2]!;
      if ((kindAndFlags & 0xff) === 0) {
        if (length !== toEnd || length > row || length >= frameMax) {
          throw fault("SKIP_MARKER", length, toEnd);
        }
        head = (head + length) >>> 0;
        pending -= length;
        continue;
      }
      const wrong = headerFault(length, kindAndFlags, frameMax);
      if (wrong !== undefined) throw fault(...wrong);
      const padded = paddedBytes(length);
      if (padded > row) throw fault("FRAME_BOUNDS", padded, row);
      if (padded > left) break;
      if (words[(at + FrameOffset.GENERATION) >> 2] === generation) {
        into.set(bytes.subarray(at, at + length), copied);
        into.fill(0, copied + length, copied + padded);
        copied += padded;
      } else dropped++;
      head = (head + padded) >>> 0;
      pending -= padded;
    }
    this.head = head;
    this.dropped += dropped;
    return copied;
  }

  /** The producer may use the bytes before a position again. */
  release(position: number): void {
    const wanted = (position - this.#released) >>> 0;
    const most = (this.head - this.#released) >>> 0;
    if (wanted > most || wanted % FRAME_HEADER_BYTES !== 0) {
      throw this.#parts.fault("ARGUMENT", wanted, most);
    }
    if (wanted > 0) this.#publish(position);
  }

  /** The same for all that was copied; `false`: there was nothing to release. */
  releaseAll(): boolean {
    if (this.head === this.#released) return false;
    this.#publish(this.head);
    return true;
  }

  #publish(position: number): void {
    this.#released = position;
    this.#parts.space.head = position;
  }

  #distance(tail: number, head: number): number {
    const distance = (tail - head) >>> 0;
    const { length } = this.#parts.space.bytes;
    if (distance > length || distance % FRAME_HEADER_BYTES !== 0) {
      throw this.#parts.fault("CONTROL_WORDS", distance, length);
    }
    return distance;
  }
}
