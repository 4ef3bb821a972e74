/**
 * A request that waits in the proxy for a process: its frames, as they came.
 *
 * @module
 */
import { Kind, paddedBytes } from "../wire/frame.ts";
import { FrameQueue } from "../wire/frame_queue.ts";

/** Bytes of one request that are kept: more than its caller has credit for. */
const HELD_MAX_BYTES = 2 * 1024 * 1024;

/** See the module's description. */
export class HeldRequest {
  readonly #frames = new FrameQueue(HELD_MAX_BYTES);

  /** Keeps a frame. `false`: the caller sent more than it had credit for. */
  add(flags: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#frames.append(Kind.REQUEST, flags, 0, bytes, start, end);
  }

  /**
   * Gives out the frames in their order.
   *
   * @param take Called with each frame; `false` stops.
   */
  release(
    take: (flags: number, bytes: Uint8Array, start: number, end: number) => boolean,
  ): void {
    const { bytes, words, tail } = this.#frames;
    for (let at = this.#frames.head; at < tail;) {
      const length = words[at >> 2]!;
      const flags = (words[(at >> 2) + 1]! >> 8) & 0xff;
      if (!take(flags, bytes, at + 16, at + length)) return;
      at += paddedBytes(length);
    }
  }
}
