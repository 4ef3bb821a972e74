/**
 * The loop of a side that sleeps: read, hand out, sleep until the mark is signalled.
 *
 * @module
 */
import type { MarkDevice } from "../../markdev/mark_device.ts";
import type { SlotEnd } from "../../shm/slot_end.ts";

/** Drains an end whenever there is something, and sends what is queued whenever there is room. */
export class Sleeper implements Disposable {
  readonly #end: SlotEnd;
  readonly #onFrames: (buffer: Uint8Array, bytes: number) => void;
  readonly #buffer: Uint8Array;
  readonly #watch: Disposable;
  #queue: Uint8Array[] = [];
  /** Alerts so far. */
  alerts = 0;

  /**
   * @param end The end; it must not be used elsewhere.
   * @param device The device that watches its mark.
   * @param onFrames Called with what was drained.
   */
  constructor(
    end: SlotEnd,
    device: MarkDevice,
    onFrames: (buffer: Uint8Array, bytes: number) => void,
  ) {
    this.#end = end;
    this.#onFrames = onFrames;
    this.#buffer = new Uint8Array(4 * end.maxFrameBytes);
    this.#watch = device.watch(end.eventFd, () => {
      this.alerts++;
      this.run();
    });
  }

  /** Queues a frame; it is sent by the next `run`. */
  queue(frame: Uint8Array): void {
    this.#queue.push(frame);
  }

  /** Works until there is nothing to do, and sleeps. */
  run(): void {
    do {
      for (let bytes = this.#read(); bytes > 0; bytes = this.#read()) {
        this.#onFrames(this.#buffer, bytes);
      }
      this.#flush();
    } while (this.#end.prepareSleep(this.#queue[0]?.byteLength ?? 0) !== 0);
  }

  #read(): number {
    return this.#end.read(this.#buffer);
  }

  #flush(): void {
    let sent = 0;
    for (const frame of this.#queue) {
      if (this.#end.write(frame, 0, frame.byteLength) === 0) break;
      sent++;
    }
    this.#queue = this.#queue.slice(sent);
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}
