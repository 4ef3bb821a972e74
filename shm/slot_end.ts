/**
 * One end of a slot: the proxy's (reads the input space, writes the output space) or the process's.
 *
 * @module
 */
import { REPORT_BYTES } from "../limits.ts";
import { readReport } from "../native/fault.ts";
import { type Native, native } from "../native/ffi.ts";
import { SlotFault } from "./slot_fault.ts";

/** What a mark shows. */
export interface MarkModes {
  /** Its owner has frames to read. */
  readonly read: boolean;
  /** Its owner has room to write a largest frame. */
  readonly write: boolean;
}

/** An end of a slot as its users see it: a {@linkcode SlotEnd}, or one of a simulation. */
export type AnySlotEnd = { readonly [Member in keyof SlotEnd]: SlotEnd[Member] };

/**
 * One end of a slot. Full and empty are numbers; a {@linkcode SlotFault} says that the other side wrote what an
 * honest one never writes: the slot is lost then, and has to be retired.
 *
 * An end must not be used by two threads, and there is one per side and generation.
 */
export class SlotEnd implements Disposable {
  /** Whose end it is. */
  readonly side: "proxy" | "process";
  /** Index of the slot. */
  readonly index: number;
  /** Generation of the slot; frames of another one are dropped. */
  readonly generation: number;
  /** Bytes of each space. */
  readonly spaceBytes: number;
  /** Largest frame. A buffer for {@linkcode SlotEnd.read} has at least as many bytes. */
  readonly maxFrameBytes: number;
  /** The eventfd on which this side waits (a mark device watches it). It belongs to this end. */
  readonly eventFd: number;
  /** The control connection of an attached process; -1 for the proxy's end. It belongs to this end. */
  readonly lifeline: number;

  readonly #symbols: Native;
  #handle: number;

  /**
   * @param handle Handle of an end of the native library, which this object closes.
   */
  constructor(handle: number) {
    this.#symbols = native();
    this.#handle = handle;
    const info = new Uint32Array(7);
    this.#symbols.mesh_slot_info(handle, new Uint8Array(info.buffer), info.byteLength);
    const [side, index = 0, generation = 0, spaceBytes = 0, maxFrameBytes = 0] = info;
    const [eventFd = 0, lifeline = 0] = info.subarray(5);
    this.side = side === 0 ? "proxy" : "process";
    this.index = index;
    this.generation = generation;
    this.spaceBytes = spaceBytes;
    this.maxFrameBytes = maxFrameBytes;
    this.eventFd = eventFd;
    this.lifeline = lifeline | 0;
  }

  /**
   * Copies as many whole frames as fit out of the incoming space: one after the other, each padded to 16 bytes with
   * zeros, every header checked. Alerts the other side when it sleeps for room.
   *
   * @param into A private buffer of at least `maxFrameBytes`.
   * @returns Bytes copied; 0: there are no frames.
   * @throws SlotFault when the control words or a frame are impossible; nothing is consumed then.
   */
  read(into: Uint8Array): number {
    const copied = this.#symbols.mesh_slot_read(
      this.#handle,
      into as Uint8Array<ArrayBuffer>,
      into.byteLength,
    );
    return copied < 0 ? this.#fault(copied) : copied;
  }

  /**
   * Copies as {@linkcode read} does, but the other side sees the frames as unread until they are released.
   *
   * @param into A private buffer of at least `maxFrameBytes`.
   * @returns Bytes copied; 0: there are no frames.
   * @throws SlotFault when the control words or a frame are impossible; nothing is consumed then.
   */
  take(into: Uint8Array): number {
    const copied = this.#symbols.mesh_slot_take(
      this.#handle,
      into as Uint8Array<ArrayBuffer>,
      into.byteLength,
    );
    return copied < 0 ? this.#fault(copied) : copied;
  }

  /**
   * Tells the other side that frames which {@linkcode take} copied are read. Alerts it when it sleeps for room.
   *
   * @param position Behind the last of them: see {@linkcode nextPosition}.
   * @throws SlotFault for a position that was not taken yet, or was released before.
   */
  release(position: number): void {
    const result = this.#symbols.mesh_slot_release(this.#handle, position);
    if (result < 0) this.#fault(result);
  }

  /** Releases all that was taken, and returns the position behind it. */
  releaseAll(): number {
    return this.#symbols.mesh_slot_release_all(this.#handle);
  }

  /**
   * The position behind a frame in a space of this slot: a frame never wraps, the rest of the space is skipped.
   *
   * @param position Where the frame before it ends (bytes ever written, modulo 2^32).
   * @param paddedBytes The frame's bytes with its padding.
   */
  nextPosition(position: number, paddedBytes: number): number {
    const toEnd = this.spaceBytes - (position & (this.spaceBytes - 1));
    return (position + (paddedBytes > toEnd ? toEnd : 0) + paddedBytes) >>> 0;
  }

  /**
   * Writes as many whole frames as there is room for into the outgoing space, publishes them at once, and alerts the
   * other side when it sleeps for frames.
   *
   * @param from Whole frames, each padded to 16 bytes. Their generation field is overwritten.
   * @param start Where the first frame begins.
   * @param end Where the last one ends.
   * @returns Bytes consumed; 0: there is no room.
   * @throws SlotFault when the other side's control word is impossible, or a frame of `from` is malformed.
   */
  write(from: Uint8Array, start: number, end: number): number {
    if (end > from.byteLength) {
      throw new RangeError(`write up to ${end} of ${from.byteLength} bytes`);
    }
    const consumed = this.#symbols.mesh_slot_write(
      this.#handle,
      from as Uint8Array<ArrayBuffer>,
      start,
      end,
    );
    return consumed < 0 ? this.#fault(consumed) : consumed;
  }

  /**
   * Announces that this side sleeps, unless what it sleeps for is there already. After 0 the eventfd is signalled as
   * soon as there are frames (or room); after anything else this side is awake and should go on.
   *
   * @param roomFor Bytes of a frame for which room is wished; 0: only frames are wished.
   * @returns Bits of `Wish`: what is there. 0: asleep.
   * @throws SlotFault when the other side's control words are impossible; this side is awake then.
   */
  prepareSleep(roomFor: number): number {
    const ready = this.#symbols.mesh_slot_prepare_sleep(this.#handle, roomFor);
    return ready < 0 ? this.#fault(ready) : ready;
  }

  /** Position (bytes ever written, modulo 2^32) up to which this side has published frames. */
  published(): number {
    return this.#symbols.mesh_slot_published(this.#handle);
  }

  /**
   * Position up to which the other side has consumed what this side published. Compare with
   * `(position - consumed()) | 0`, never with `<`: positions start again at 0. It is the other side's word, so a
   * hostile one can say anything.
   */
  consumed(): number {
    return this.#symbols.mesh_slot_consumed(this.#handle);
  }

  /**
   * Copies of the frames that the other side has not consumed; changes nothing. To be asked when that side is
   * dead: what it did not read it provably did not act on.
   *
   * @returns Whole frames, each padded to 16 bytes.
   * @throws SlotFault when the other side left its control word or the frames impossible.
   */
  unread(): Uint8Array<ArrayBuffer> {
    const into = new Uint8Array(this.spaceBytes);
    const copied = this.#symbols.mesh_slot_unread(this.#handle, into, into.byteLength);
    return copied < 0 ? this.#fault(copied) : into.subarray(0, copied);
  }

  /** Frames that were dropped because they carried another generation. */
  get droppedFrames(): number {
    return this.#symbols.mesh_slot_dropped(this.#handle);
  }

  /** What both marks show at this moment. */
  modes(): { proxy: MarkModes; process: MarkModes } {
    const bits = Math.max(this.#symbols.mesh_slot_modes(this.#handle), 0);
    return {
      proxy: { read: (bits & 1) !== 0, write: (bits & 2) !== 0 },
      process: { read: (bits & 4) !== 0, write: (bits & 8) !== 0 },
    };
  }

  /** Closes the eventfds, the map (of a process) and the life line: the proxy sees that the process left. */
  [Symbol.dispose](): void {
    if (this.#handle === 0) return;
    this.#symbols.mesh_slot_close(this.#handle);
    this.#handle = 0;
  }

  #fault(result: number): never {
    const report = new Uint8Array(REPORT_BYTES);
    this.#symbols.mesh_slot_fault(this.#handle, report, report.byteLength);
    throw new SlotFault(this.index, readReport(result, report));
  }
}
