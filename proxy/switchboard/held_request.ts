/**
 * A request that waits in the proxy for a process: its frames, as they came.
 *
 * @module
 */
import { HELD_MAX_BYTES } from "../../limits.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import { FrameView } from "../../wire/frame_view.ts";

/** Keeps the frames of one request until a process takes them. */
export class HeldRequest {
  readonly #frames = new FrameQueue(HELD_MAX_BYTES);

  /** Keeps a frame. `false`: the caller sent more than it had credit for. */
  add(frame: FrameView): boolean {
    return this.#frames.appendCopy(frame, frame.stream);
  }

  /**
   * Gives out the frames in their order.
   *
   * @param take Called with each frame; `false` stops.
   */
  release(take: (frame: FrameView) => boolean): void {
    const { bytes, words, head, tail } = this.#frames;
    const frame = new FrameView().over(bytes, words, head, tail);
    while (frame.advance() && take(frame));
  }
}
