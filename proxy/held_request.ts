/**
 * A request that waits in the proxy for a process: its frames, as they came.
 *
 * @module
 */
import { Flag, Kind, paddedBytes } from "../wire/frame.ts";
import { FrameQueue } from "../wire/frame_queue.ts";
import { HeadOffset, patchTimeoutMs } from "../wire/request_head.ts";

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
   * Gives out the frames in their order; the time they waited is taken off the request's.
   *
   * @param waitedMs How long it has waited, in ms.
   * @param take Called with each frame; `false` stops.
   */
  release(
    waitedMs: number,
    take: (flags: number, bytes: Uint8Array, start: number, end: number) => boolean,
  ): void {
    const { bytes, words, tail } = this.#frames;
    for (let at = this.#frames.head; at < tail;) {
      const length = words[at >> 2]!;
      const flags = (words[(at >> 2) + 1]! >> 8) & 0xff;
      const body = at + 16;
      if (flags & Flag.FIRST) {
        const leftMs = words[(body + HeadOffset.TIMEOUT_MS) >> 2]!;
        patchTimeoutMs(bytes, body, leftMs - waitedMs);
      }
      if (!take(flags, bytes, body, at + length)) return;
      at += paddedBytes(length);
    }
  }
}
