/**
 * A mark device that never alerts anybody: what happens in a slot is what the test does.
 *
 * @module
 */
import type { MarkDevice } from "../../markdev/mark_device.ts";

const unwatched: Disposable = { [Symbol.dispose]() {} };

/** A mark device that never tells of anything. */
export const deafDevice = {
  mechanism: "reactor",
  fallbackReason: undefined,
  watch: () => unwatched,
  watchHangup: () => unwatched,
  nextTurn: () => {},
  [Symbol.dispose]() {},
  [Symbol.asyncDispose]: () => Promise.resolve(),
} satisfies MarkDevice;
