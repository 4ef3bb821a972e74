/**
 * The segment: the one shared memory file of a server, made and owned by its proxy.
 *
 * @module
 */
import { REPORT_BYTES } from "../limits.ts";
import { NativeFault, readReport } from "../native/fault.ts";
import { native } from "../native/ffi.ts";
import { SlotEnd } from "./slot_end.ts";

/** What a segment is made of. */
export interface SegmentOptions {
  /** Path of the file, in a directory of mode 0700. */
  path: string;
  /** Number of slots, 1 to `SLOTS_MAX`. */
  slots: number;
  /** Bytes of each space: a power of two from `SPACE_MIN_BYTES` to `SPACE_MAX_BYTES`. */
  spaceBytes: number;
}

/** The segment with the proxy's ends of all its slots. Disposing it closes them and unlinks the file. */
export class Segment implements Disposable {
  /** Path of the file. */
  readonly path: string;
  /** Number of slots. */
  readonly slots: number;
  /** Bytes of each space. */
  readonly spaceBytes: number;
  /** Differs for every segment ever made. */
  readonly epoch: bigint;
  #handle: number;
  readonly #ends: SlotEnd[] = [];

  private constructor(handle: number, options: SegmentOptions) {
    this.#handle = handle;
    this.path = options.path;
    this.slots = options.slots;
    this.spaceBytes = options.spaceBytes;
    this.epoch = native().mesh_segment_epoch(handle);
  }

  /**
   * Makes the file with all its memory, or takes the place of a file whose owner is dead.
   *
   * @param options Path and sizes.
   * @returns The segment.
   * @throws NativeFault `NO_ROOM` (observed: bytes left, wanted: bytes needed), `LIVE_OWNER` (observed: the owner's
   * pid), `SEGMENT` when something else lies at the path, `ARGUMENT` for sizes that are not allowed, `SYSTEM`.
   */
  static create(options: SegmentOptions): Segment {
    const path = new TextEncoder().encode(options.path);
    const handle = reported((report) =>
      native().mesh_segment_create(
        path,
        path.byteLength,
        options.slots,
        options.spaceBytes,
        report,
        report.byteLength,
      )
    );
    const segment = new Segment(handle, options);
    try {
      for (let index = 0; index < options.slots; index++) segment.#ends.push(segment.#open(index));
    } catch (error) {
      segment[Symbol.dispose]();
      throw error;
    }
    return segment;
  }

  /** The handle of the native library, for the control socket; 0 when disposed. */
  get handle(): number {
    return this.#handle;
  }

  /**
   * The proxy's end of a slot in its present generation.
   *
   * @param index 0 to `slots - 1`.
   */
  slot(index: number): SlotEnd {
    const end = this.#ends[index];
    if (end === undefined) throw new RangeError(`slot ${index} of ${this.slots}`);
    return end;
  }

  /**
   * Gives a slot whose process is gone a new generation: empty spaces and new marks. The old end is closed; stop
   * watching its eventfd first.
   *
   * @param index 0 to `slots - 1`.
   * @returns The proxy's new end.
   * @throws NativeFault `SYSTEM` when there are no file descriptors left.
   */
  retire(index: number): SlotEnd {
    const old = this.slot(index);
    reported((report) =>
      native().mesh_segment_retire(this.#handle, index, report, report.byteLength)
    );
    old[Symbol.dispose]();
    return this.#ends[index] = this.#open(index);
  }

  #open(index: number): SlotEnd {
    return new SlotEnd(
      reported((report) =>
        native().mesh_segment_slot(this.#handle, index, report, report.byteLength)
      ),
    );
  }

  /** Closes all ends, unmaps and unlinks the file. Attached processes keep their maps until they close them. */
  [Symbol.dispose](): void {
    if (this.#handle === 0) return;
    for (const end of this.#ends) end[Symbol.dispose]();
    native().mesh_segment_close(this.#handle);
    this.#handle = 0;
  }
}

/**
 * Gives the directory of a dead server another name. As long as the segment is not removed from it, nobody else
 * takes what is in it for a live server's.
 *
 * @param path Path of the segment.
 * @param grave The directory's new name, beside it.
 * @returns `false`: there is no segment.
 * @throws NativeFault `LIVE_OWNER` when its owner lives or another process does the same, `SEGMENT` when something
 * else lies at the path, `SYSTEM`.
 */
export function burySegment(path: string, grave: string): boolean {
  const encoder = new TextEncoder();
  const from = encoder.encode(path);
  const to = encoder.encode(grave);
  const renamed = reported((report) =>
    native().mesh_segment_bury(
      from,
      from.byteLength,
      to,
      to.byteLength,
      report,
      report.byteLength,
    )
  );
  return renamed === 1;
}

function reported(call: (report: Uint8Array<ArrayBuffer>) => number): number {
  const report = new Uint8Array(REPORT_BYTES);
  const result = call(report);
  if (result < 0) throw new NativeFault(readReport(result, report));
  return result;
}
