/**
 * Frames for tests, as a parser or a slot would show them.
 *
 * @module
 */
import { FrameQueue } from "../../wire/frame_queue.ts";
import { FrameView } from "../../wire/frame_view.ts";

/** A frame of its own. */
export function frameOf(
  kind: number,
  flags: number,
  stream = 1,
  body: Uint8Array = new Uint8Array(0),
  load = 0,
): FrameView {
  const queue = new FrameQueue(1 << 20);
  queue.append(kind, flags, stream, body, load);
  const view = new FrameView().over(queue.bytes, queue.words, 0, queue.tail);
  view.advance();
  return view;
}

/** The frames that wait in a queue, which is empty afterwards. */
export function framesIn(
  queue: FrameQueue,
): { kind: number; flags: number; stream: number; body: Uint8Array }[] {
  const frames = [];
  const view = new FrameView().over(queue.bytes, queue.words, queue.head, queue.tail);
  while (view.advance()) {
    const { kind, flags, stream } = view;
    frames.push({ kind, flags, stream, body: view.copy() as Uint8Array });
  }
  queue.clear();
  return frames;
}
