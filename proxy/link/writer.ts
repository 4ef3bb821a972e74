/**
 * The sending half of a link: one write in flight, carrying everything appended meanwhile.
 *
 * A buffer that is being written is never touched: the queue hands it over and goes on with another one.
 * What was handed over is cut into pieces at frame boundaries, and control frames go out between two
 * pieces, so that a heartbeat never waits behind megabytes.
 *
 * @module
 */
import type { Connection } from "./network.ts";
import {
  LINK_CONTROL_QUEUE_MAX_BYTES,
  LINK_QUEUE_MAX_BYTES,
  LINK_SPARE_MAX_BYTES,
  LINK_WRITE_MAX_BYTES,
} from "../../limits.ts";
import { FrameFlag, FrameOffset, paddedBytes } from "../../wire/frame.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";

const NOTHING = new Uint8Array(0);

/** The half of a connection that is written to. */
export type WritableConnection = Pick<Connection, "write" | "closeWrite">;

/** Writes a link's frames to its connection: control frames first, calls in pieces. */
export class LinkWriter {
  /** Call frames. Half the bound, since as much again may have been handed over and not be written yet. */
  readonly calls = new FrameQueue(LINK_QUEUE_MAX_BYTES / 2);
  /** Control frames: they go first. */
  readonly control = new FrameQueue(LINK_CONTROL_QUEUE_MAX_BYTES);
  /** Bytes of call frames of which some may have left: everything before is lost or arrived, nothing after has left. */
  callBytesHandedOver = 0;
  /** Bytes written to the connection, of all frames. */
  bytesOut = 0;
  /** Frames written to the connection, of all kinds. */
  framesOut = 0;
  readonly #conn: WritableConnection;
  readonly #failed: (error: unknown) => void;
  readonly #flushBound = (): void => void this.#flush();
  #state: "open" | "finishing" | "shut" = "open";
  #scheduled = false;
  #writing = false;
  /** Handed over by `calls`, and how much of it was written. */
  #region: Uint8Array<ArrayBuffer> = NOTHING;
  #words = new Uint32Array(0);
  #regionAt = 0;
  #spareCalls: Uint8Array<ArrayBuffer> | undefined;
  #spareControl: Uint8Array<ArrayBuffer> | undefined;
  #lastFrame: Uint8Array | undefined;
  readonly #shut = Promise.withResolvers<void>();

  /**
   * @param conn The connection; closing it is its owner's business.
   * @param failed Told once when a write fails.
   */
  constructor(conn: WritableConnection, failed: (error: unknown) => void) {
    this.#conn = conn;
    this.#failed = failed;
  }

  /** Writes what waits in the next microtask; free when that is under way already. */
  schedule(): void {
    if (this.#scheduled || this.#writing || this.#state === "shut") return;
    this.#scheduled = true;
    queueMicrotask(this.#flushBound);
  }

  /**
   * Ends the sending half: writes what waits, then `lastFrame`, and shuts the sending half down.
   *
   * @param lastFrame A whole frame.
   * @param dropCalls Call frames that wait are forgotten instead.
   * @returns Settles when it is shut down; never rejects.
   */
  finish(lastFrame: Uint8Array, dropCalls: boolean): Promise<void> {
    if (this.#state === "open") {
      this.#state = "finishing";
      this.#lastFrame = lastFrame;
    }
    if (dropCalls) {
      this.calls.clear();
      this.#region = NOTHING;
      this.#regionAt = 0;
    }
    this.schedule();
    return this.#shut.promise;
  }

  /**
   * Makes a call frame that has not left the last one of its message no more: the other side never gets the whole.
   *
   * @param position What {@linkcode calls} had appended before it.
   * @returns `false`: some of it may have left.
   */
  withhold(position: number): boolean {
    const { calls } = this;
    const queuedFrom = calls.appendedBytes - calls.queuedBytes;
    if (position >= queuedFrom) return unlast(calls.bytes, calls.head + position - queuedFrom);
    const at = this.#regionAt + position - this.callBytesHandedOver;
    return at >= this.#regionAt && at < this.#region.length && unlast(this.#region, at);
  }

  /** Nothing is written any more: the connection is gone. */
  abandon(): void {
    this.#state = "shut";
    this.#shut.resolve();
  }

  async #flush(): Promise<void> {
    this.#scheduled = false;
    this.#writing = true;
    try {
      while (this.#state !== "shut") {
        if (this.control.queuedBytes > 0) {
          const region = this.control.take(this.#spareControl);
          this.#spareControl = new Uint8Array(region.buffer);
          this.#count(region, 0, region.length);
          await this.#write(region, 0, region.length);
        } else if (this.#regionAt < this.#region.length) {
          await this.#writePiece();
        } else if (this.calls.queuedBytes > 0) {
          this.#region = this.calls.take(this.#spareCalls);
          this.#spareCalls = undefined;
          this.#words = new Uint32Array(this.#region.buffer);
          this.#regionAt = 0;
        } else if (this.#lastFrame !== undefined) {
          const frame = this.#lastFrame;
          this.#lastFrame = undefined;
          await this.#write(frame, 0, frame.length);
          await this.#conn.closeWrite();
          this.abandon();
        } else break;
      }
    } catch (error) {
      const open = this.#state !== "shut";
      this.abandon();
      if (open) this.#failed(error);
    } finally {
      this.#writing = false;
    }
  }

  /** Writes as many whole frames of the region as one write carries. */
  async #writePiece(): Promise<void> {
    const region = this.#region;
    const start = this.#regionAt;
    const end = this.#pieceEnd(start);
    this.#regionAt = end;
    this.callBytesHandedOver += end - start;
    await this.#write(region, start, end);
    if (this.#region === region && end === region.length) {
      this.#region = NOTHING;
      this.#regionAt = 0;
      if (region.buffer.byteLength <= LINK_SPARE_MAX_BYTES) {
        this.#spareCalls = new Uint8Array(region.buffer);
      }
    }
  }

  #pieceEnd(start: number): number {
    const words = this.#words;
    const base = this.#region.byteOffset;
    const bytes = this.#region.length;
    let end = start;
    while (end < bytes) {
      // Whole frames follow each other: the first word of each is its length.
      const next = end + paddedBytes(words[(base + end) >> 2]!);
      if (next - start > LINK_WRITE_MAX_BYTES && end > start) break;
      end = next;
      this.framesOut++;
    }
    return end;
  }

  #count(region: Uint8Array<ArrayBuffer>, at: number, end: number): void {
    const words = new Uint32Array(region.buffer);
    while (at < end) {
      // As above.
      at += paddedBytes(words[(region.byteOffset + at) >> 2]!);
      this.framesOut++;
    }
  }

  async #write(bytes: Uint8Array, at: number, end: number): Promise<void> {
    while (at < end) {
      const written = await this.#conn.write(
        at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end),
      );
      this.bytesOut += written;
      at += written;
    }
  }
}

function unlast(bytes: Uint8Array, at: number): true {
  bytes[at + FrameOffset.FLAGS]! &= ~FrameFlag.LAST;
  return true;
}
