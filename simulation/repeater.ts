/**
 * A process that says again what it has said of calls that are over: late frames, which nobody may take for those of
 * the next call.
 *
 * @module
 */
import type { SlotChannel } from "../markdev/slot_channel.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import { FrameView } from "../wire/frame_view.ts";
import type { SimProcess } from "./process.ts";
import type { SimSlotEnd } from "./slot_end.ts";

const WHOLE_REPLY = FrameFlag.FIRST | FrameFlag.LAST | FrameFlag.END;

/** Notes what a process writes into its slot, and writes some of it again later. */
export class Repeater {
  readonly #process: SimProcess;
  readonly #channel: SlotChannel;
  readonly #frame = new FrameView();
  /** What is on its way for the second time, and is not said a third time. */
  readonly #repeated = new Set<string>();
  #untilMs = 0;
  #laterMs = 0;

  /**
   * @param process The process.
   * @param end Its end of its slot: what it sends is listened to.
   * @param channel Its channel.
   */
  constructor(process: SimProcess, end: SimSlotEnd, channel: SlotChannel) {
    this.#process = process;
    this.#channel = channel;
    const write = end.write.bind(end);
    end.write = (from, start, stop) => {
      const taken = write(from, start, stop);
      if (process.now() < this.#untilMs) this.#heard(from, start, start + taken);
      return taken;
    };
  }

  /**
   * From now on it does so.
   *
   * @param forMs For how long, in ms.
   * @param laterMs So much later than the first time, in ms.
   */
  begin(forMs: number, laterMs: number): void {
    this.#untilMs = this.#process.now() + forMs;
    this.#laterMs = laterMs;
  }

  #heard(bytes: Uint8Array, start: number, end: number): void {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    const frame = this.#frame.over(bytes, words, start, end);
    while (frame.advance()) {
      const { kind, flags, stream } = frame;
      const over = kind === FrameKind.REPLY && (flags & WHOLE_REPLY) === WHOLE_REPLY;
      if (!over && kind !== FrameKind.CANCEL) continue;
      const name = `${kind} ${stream}`;
      if (this.#repeated.delete(name)) continue;
      const body = frame.copy();
      this.#process.after(this.#laterMs, () => {
        this.#repeated.add(name);
        this.#channel.queue.append(kind, flags, stream, body);
        this.#channel.schedule();
      });
    }
  }
}
